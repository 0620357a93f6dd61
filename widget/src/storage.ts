/** Small JSON values in the browser's storage; in memory where storage is blocked. */
import { config } from "./config";

const memory: Record<string, string> = {};
const key = (name: string) => `flowback:${config.projectId}:${name}`;
/** The tab's own trail; all else is shared by the site's tabs. */
const area = (name: string): Storage =>
  window[name === "trail" ? "sessionStorage" : "localStorage"];

/** Returns the value `name`, or an empty object where there is none or no object. It may be hostile: check it. */
export function read<T extends object>(name: string): Partial<T> {
  try {
    const text = memory[name] || area(name)[key(name)] || "0";
    // What cannot be made a word of would throw wherever it is compared with one.
    return Object(JSON.parse(text, (at, value) => (/^(toS|val)/.test(at) ? undefined : value)));
  } catch {
    return {};
  }
}

/** Keeps `value` under `name`; without one it is forgotten. */
export function write(name: string, value?: object): void {
  // Where storage is blocked or full this page remembers, the next one does not.
  memory[name] = JSON.stringify(value || null);
  try {
    if (value) area(name)[key(name)] = memory[name];
    else delete area(name)[key(name)];
    delete memory[name];
  } catch {}
}
