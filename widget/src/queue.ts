/** What waits to be sent, in IndexedDB; in memory where it is blocked. Opened after consent only. */

/** One thing to send. `body` is JSON: an event, a choice without `sentAt`; or a receipt. */
export interface Item {
  /** Its key: choices sort before events, then by time and number. */
  id: string;
  kind: "consent" | "event" | "erase";
  session: string;
  stream: string;
  body: string;
}

/** A widget may retry for 7 days; the edge knows duplicates for as long. */
const OLDEST = 7 * 864e5;

let made = 1e6;

/** Makes an item of now. */
export const item = (kind: Item["kind"], session: string, stream: string, body: string): Item => ({
  id: [kind === "event" ? 1 : 0, Date.now(), stream, made++].join(),
  kind,
  session,
  stream,
  body,
});

/** A store of objects with the key `id`. What it cannot keep, it forgets without a word. */
export interface Shelf<T> {
  put(items: T[]): void;
  remove(items: T[]): void;
  clear(): void;
  /** All items in the order of their keys; never answers where storage is blocked. */
  all(): Promise<T[]>;
}

/** Opens the database `name`. */
export function shelf<T extends { id: string }>(name: string): Shelf<T> {
  const opened = new Promise<IDBDatabase>((done) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore("queue", { keyPath: "id" });
    request.onsuccess = () => done(request.result);
  });
  const run = (work: (store: IDBObjectStore) => void) => {
    opened
      .then((database) => work(database.transaction("queue", "readwrite").objectStore("queue")))
      .catch(() => {});
  };
  return {
    put: (items) =>
      run((store) => {
        for (const one of items) store.put(one);
      }),
    remove: (items) =>
      run((store) => {
        for (const { id } of items) store.delete(id);
      }),
    clear: () => run((store) => store.clear()),
    all: () =>
      new Promise((done) => {
        run((store) => {
          const request = store.getAll();
          request.onsuccess = () => done(request.result);
        });
      }),
  };
}

/** Is this item, from another page load perhaps, still worth sending? */
export const young = ({ id }: Item): boolean => +(id.split(",")[1] as string) > Date.now() - OLDEST;
