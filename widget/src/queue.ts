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
  head: { stream?: string; sessionId?: string };
  event?: object;
  /** The receipt: its hash goes with a grant, itself with an erasure. */
  secret?: string;
}

let made = 1e6;

/** Choices sort before `EVENTS`, events behind it. */
export const EVENTS = "1";
/** What is sent sorts before `SENT`, what was sent and is kept for the panel behind it. */
export const SENT = "2";

/** Makes an item of now. */
export function item(path: string, head: object, event?: object, secret?: string): Item {
  const at = Date.now();
  const id = [event ? 1 : 0, at, made++, Math.random()].join();
  return { id, at, path, head, event, secret };
}

/**
 * Works on a store of objects with the key `id`, and gives the result of the one request that
 * the work returns, if it returns one. Where storage is blocked, nothing is kept and nothing found.
 */
export type Shelf = <R>(
  work: (store: IDBObjectStore) => IDBRequest<R> | undefined,
) => Promise<R | undefined>;

const answer = <R>(request: IDBRequest<R>) =>
  new Promise<R>((done) => {
    request.onsuccess = () => done(request.result);
  });

/** Opens the database `name` when it is first worked on. */
export function shelf(name: string): Shelf {
  let opened: Promise<IDBDatabase>;
  const open = async () => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore("queue", { keyPath: "id" });
    return answer(request);
  };
  return async (work) => {
    try {
      opened ||= open();
      const transaction = (await opened).transaction("queue", "readwrite");
      const request = work(transaction.objectStore("queue"));
      // Said, not left to the engine: a page that goes takes with it what is not committed.
      transaction.commit?.();
      return request && (await answer(request));
    } catch {}
  };
}
