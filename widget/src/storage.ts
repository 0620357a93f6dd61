/** Small JSON values in the browser's storage; in memory where storage is blocked. */

export interface Store {
  /** The value, or an empty object where there is none or no object. */
  get<T extends object>(name: string): Partial<T>;
  set(name: string, value: object | null): void;
}

/** A store over one of the browser's two areas. What lies there may be hostile: users check it. */
export function storage(area: "localStorage" | "sessionStorage", prefix: string): Store {
  const memory: Record<string, string | undefined> = {};
  return {
    get(name) {
      let text = memory[name];
      try {
        text ??= window[area].getItem(prefix + name) || "";
      } catch {
        // Blocked: nothing is remembered from other pages.
      }
      try {
        return Object(JSON.parse(text || "0"));
      } catch {
        return {};
      }
    },
    set(name, value) {
      const text = JSON.stringify(value);
      memory[name] = undefined;
      try {
        if (value) window[area].setItem(prefix + name, text);
        else window[area].removeItem(prefix + name);
      } catch {
        // Blocked or full: this page remembers, the next one does not.
        memory[name] = text;
      }
    },
  };
}
