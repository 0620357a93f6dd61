/** What this browser's session has captured, so that its visitor can see it: what waits and what was sent. */
import { save } from "./delivery";
import { session } from "./flow";
import { type Kept, SENT } from "./queue";

const MOST = 2_000;

/** All events of the session so far, as JSON; what was sent of other sessions is forgotten. */
export async function logged(): Promise<string[]> {
  const all: Kept[] = (await save((store) => store.getAll())) || [];
  const mine = ({ head }: Kept["items"][0]) => head.sessionId === session.id;
  for (const { id, items } of all) {
    if (id >= SENT && !items.some(mine)) save((store) => void store.delete(id));
  }
  const events = all
    .flatMap(({ items }) => items)
    .filter((item) => item.event && mine(item))
    .sort((a, b) => a.at - b.at)
    // What was sent in part waits in whole.
    .map(({ event }) => JSON.stringify(event));
  return [...new Set(events)].slice(-MOST);
}

/** Forgets what was sent. */
export const forget = (): unknown =>
  save((store) => void store.delete(IDBKeyRange.lowerBound(SENT)));
