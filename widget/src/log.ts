/** What this browser's session has captured, kept beside the queue so that its visitor can see it. */
import { type Shelf, shelf } from "./queue";

interface Entry {
  id: string;
  session: string;
  event: string;
}

const MOST = 2_000;
let entries: Shelf<Entry> | undefined;
let made = 1e6;

/** Keeps `event`, JSON, of `session`. Called after consent only. */
export function log(session: string, event: string): void {
  entries ??= shelf<Entry>("flowback-log");
  entries.put([{ id: [Date.now(), made++, session].join(), session, event }]);
}

/** All events of `session` so far; those of other sessions are forgotten. */
export async function logged(session: string): Promise<string[]> {
  const all = (await entries?.all()) || [];
  const mine = all.filter((entry) => entry.session === session).slice(-MOST);
  entries?.remove(all.filter((entry) => !mine.includes(entry)));
  return mine.map(({ event }) => event);
}

export function forget(): void {
  entries?.clear();
}
