/** What this browser's session has captured, kept beside the queue so that its visitor can see it. */
import { session } from "./flow";
import { remove, type Shelf, SOON, shelf } from "./queue";

interface Entry {
  id: string;
  session: string;
  event: string;
}

const MOST = 2_000;
let entries: Shelf | undefined;
let made = 1e6;

/** Keeps `event`. Called after consent only. */
export function log(event: object): void {
  entries ??= shelf("flowback-log");
  const id = [Date.now(), made++, session.id].join();
  entries((store) => store.put({ id, session: session.id, event: JSON.stringify(event) }), SOON);
}

/** All events of the session so far; those of other sessions are forgotten. */
export async function logged(): Promise<string[]> {
  const all: Entry[] = (await entries?.((store) => store.getAll())) || [];
  const mine = all.filter((entry) => entry.session === session.id).slice(-MOST);
  entries?.(remove(all.filter((entry) => !mine.includes(entry))));
  return mine.map(({ event }) => event);
}

export function forget(): void {
  entries?.((store) => store.clear());
}
