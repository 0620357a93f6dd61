/** What waits to be sent, in IndexedDB; in memory where it is blocked. Opened after consent only. */

/** One thing to send, without the `sentAt` of its sending. */
export interface Item {
  /** Its key: choices sort before events, then by time and number. */
  id: string;
  /** ms since 1970 of its making. */
  at: number;
  /** Where it goes; what goes to `sessions/…` is an erasure. */
  path: string;
  /** The body: all of a choice, the sender of an event. */
  head: { stream?: string };
  event?: object;
  /** The receipt: its hash goes with a grant, itself with an erasure. */
  secret?: string;
}

let made = 1e6;

/** Makes an item of now. */
export function item(path: string, head: object, event?: object, secret?: string): Item {
  const at = Date.now();
  const id = [event ? 1 : 0, at, made++, Math.random()].join();
  return { id, at, path, head, event, secret };
}

type Work<R> = (store: IDBObjectStore) => IDBRequest<R>;

/**
 * Works on a store of objects with the key `id`, in order, and gives the result of the one
 * request that the work makes. What may wait for `ms` gives none, and shares its transaction
 * with what comes meanwhile. Where storage is blocked, nothing is kept and nothing found.
 */
export type Shelf = <R>(work: Work<R>, ms?: number) => Promise<R | undefined>;

/** By then what is captured is written; the busiest page writes five times a second. */
export const SOON = 200;

/** Opens the database `name`. */
export function shelf(name: string): Shelf {
  let waiting: Work<never>[] = [];
  let timer = 0;
  const answer = <R>(request: IDBRequest<R>) =>
    new Promise<R>((done) => {
      request.onsuccess = () => done(request.result);
    });
  const opened = new Promise<IDBDatabase>((done) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore("queue", { keyPath: "id" });
    done(answer(request));
  });
  const run = (): Promise<never> => {
    const works = waiting;
    waiting = [];
    timer = 0;
    return opened
      .then((database) => {
        const transaction = database.transaction("queue", "readwrite");
        const requests = works.map((work) => work(transaction.objectStore("queue")));
        // Said, not left to the engine: a page that goes takes with it what is not committed.
        transaction.commit?.();
        return answer(requests.pop() as IDBRequest<never>);
      })
      .catch(() => undefined as never);
  };
  opened.catch(() => {});
  return (work, ms) => {
    waiting[waiting.length] = work as never;
    if (!ms) return run();
    timer ||= setTimeout(run, ms);
    return opened as never;
  };
}

/** Removes `items`; the last request stands for all. */
export const remove = (items: { id: string }[]) => (store: IDBObjectStore) =>
  items.map(({ id }) => store.delete(id)).pop() as IDBRequest;
