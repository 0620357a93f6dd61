/** What this browser's session has captured, so that its visitor can see it: what waits and what was sent. */
import { save } from "./delivery";
import { session } from "./flow";
import { type Item, SENT } from "./queue";

const MOST = 2_000;

/** Keeps what was sent. */
export const log = (store: IDBObjectStore, { event, head, id }: Item): unknown =>
  event && store.put({ id: SENT + id, head, event });

const plain = ({ id }: Item): string => id.replace(/^2/, "");

/** All events of the session so far, as JSON; what was sent of other sessions is forgotten. */
export async function logged(): Promise<string[]> {
  const all: Item[] = (await save((store) => store.getAll())) || [];
  const mine = ({ head }: Item) => head.sessionId === session.id;
  save((store) => {
    for (const one of all) if (one.id > SENT && !mine(one)) store.delete(one.id);
    return undefined;
  });
  return (
    all
      .filter((one) => one.event && mine(one))
      // In the order of their making: what waits is the latest.
      .sort((a, b) => (plain(a) < plain(b) ? -1 : 1))
      .map(({ event }) => JSON.stringify(event))
      .slice(-MOST)
  );
}
