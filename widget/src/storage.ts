/** Small JSON values in the browser's storage; in memory where storage is blocked. */
import { config } from "./config";

type Area = "localStorage" | "sessionStorage";

const memory: Record<string, string> = {};
const key = (name: string) => `flowback:${config.projectId}:${name}`;

/** Returns the value `name`, or an empty object where there is none or no object. It may be hostile: check it. */
export function read<T extends object>(name: string, area: Area = "localStorage"): Partial<T> {
  try {
    const text = memory[name] ?? (window[area][key(name)] || "0");
    // What cannot be made a word of would throw wherever it is compared with one.
    return Object(JSON.parse(text, (at, value) => (/^(toS|val)/.test(at) ? undefined : value)));
  } catch {
    return {};
  }
}

/** Keeps `value` under `name`; null forgets it. */
export function write(name: string, value: object | null, area: Area = "localStorage"): void {
  const text = JSON.stringify(value);
  delete memory[name];
  try {
    if (value) window[area][key(name)] = text;
    else delete window[area][key(name)];
  } catch {
    // Blocked or full: this page remembers, the next one does not.
    memory[name] = text;
  }
}
