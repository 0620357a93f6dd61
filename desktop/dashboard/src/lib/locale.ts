/**
 * Which locale numbers and dates are written in.
 *
 * WebKitGTK under `LANG=C` reports the language "C", and `new Intl.NumberFormat("C")`
 * throws: without this guard the whole page would stay blank in such a window.
 */
export function safeLocale(wanted: readonly string[]): string {
  for (const tag of wanted) {
    try {
      const [found] = Intl.NumberFormat.supportedLocalesOf(tag);
      if (found) return found;
    } catch {
      // Not a language tag at all: "C", "POSIX", "".
    }
  }
  return "en";
}

/** The time zone if Intl knows it, else UTC: a wrong setting must not blank the page. */
export function safeTimeZone(zone: string | null | undefined): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone || "UTC" }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}
