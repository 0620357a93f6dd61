/** What waits to be sent, in IndexedDB; in memory where it is blocked. Opened after consent only. */

/** One thing to send, without the `sentAt` of its sending. */
export interface Item {
  /** ms since 1970 of its making. */
  at: number;
  /** Where it goes; what goes to `sessions/…` is an erasure. */
  path: string;
  /** The body: all of a choice, the sender of an event. */
  head: { stream?: string; sessionId?: string };
  event?: object;
  /** The receipt: its hash goes with a grant, itself with an erasure. */
  secret?: string;
  /** The record that it is written in. */
  key?: string;
}

/** What is written at once is one record. */
export interface Kept {
  id: string;
  items: Item[];
}

/** What a record holds, in the order in which they are taken up: choices, events, what was sent. */
export type Rank = 0 | 1 | 2;
/** Ids from here on belong to what was sent. */
export const SENT = "2";

let made = 1e6;
/** Ends the ids of this page load's records. */
const mine = `${Math.random()}`;

/** Makes the id of a record of now; they sort by rank, then by time. */
export const key = (rank: Rank): string => [rank, Date.now(), made++, mine].join();

/** Did another page load write the record `id`? */
export const foreign = (id: string): boolean => !id.endsWith(mine);

/** Makes an item of now. */
export const item = (path: string, head: object, event?: object, secret?: string): Item => ({
  at: Date.now(),
  path,
  head,
  event,
  secret,
});

/**
 * Works on a store of records in one transaction, and gives the result of the one request
 * that the work returns, where it returns one. Where storage is blocked, nothing is kept and nothing found.
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
  let opened: Promise<IDBDatabase> | undefined;
  const open = async () => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore("queue", { keyPath: "id" });
    return answer(request);
  };
  return async (work) => {
    try {
      opened ||= open();
      const transaction = (await opened).transaction("queue", "readwrite");
      const store = transaction.objectStore("queue");
      const request = work(store);
      // Said, not left to the engine: a page that goes takes with it what is not committed.
      transaction.commit?.();
      if (request) return await answer(request);
    } catch {
      // Storage is blocked: the page's memory has to do.
    }
  };
}
