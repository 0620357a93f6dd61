/** A session: one browser on one project, shared by its tabs, after consent only. */
import { config } from "./config";
import { random } from "./ids";
import { read, write } from "./storage";

export interface Session {
  id: string;
  /** The visitor's receipt: it alone reads and erases this session at the edge. */
  secret: string;
  begun: number;
  last: number;
  /** Is this session one of those that are captured? */
  sampled: boolean;
}

const IDLE = 30 * 60_000;
const LONGEST = 8 * 3_600_000;

/** Has the session been idle or gone on for too long? A clock that was set back ends it too. */
export function over({ begun, last }: Session): boolean {
  const at = Date.now();
  return !(at - last < IDLE && at - begun < LONGEST && begun < at + 6e4);
}

/** Returns the session that is going on, or undefined. */
export function live(): Session | undefined {
  const kept = read<Session>("session") as Session;
  return /^[\w-]{22}\.[\w-]{43}$/.test(`${kept.id}.${kept.secret}`) && !over(kept)
    ? kept
    : undefined;
}

/** Begins a session. */
export function begin(): Session {
  const at = Date.now();
  const sampled = Math.random() < (config.sampleRate ?? 1);
  const session = { id: random(16), secret: random(32), begun: at, last: at, sampled };
  write("session", session);
  return session;
}

/** Says that the session goes on; written at most every 10 s. */
export function touch(session: Session): void {
  const at = Date.now();
  if (at - session.last < 1e4) return;
  session.last = at;
  // Another tab may have ended it: a session that is gone is not written back.
  if (live()?.id === session.id) write("session", session);
}
