import { expect, test } from "vitest";
import { createFormat } from "../src/lib/format";
import { safeLocale, safeTimeZone } from "../src/lib/locale";

test.each([["C"], ["POSIX"], [""], ["en-US-@posix"]])(
  "%j is no language tag: English is used",
  (tag) => {
    /** WebKitGTK under LANG=C says "C"; Intl would throw and the page stay blank. */
    expect(safeLocale([tag])).toBe("en");
    expect(createFormat(tag, "UTC").count(1234)).toBe("1,234");
  },
);

test("the first tag that Intl knows is taken", () => {
  expect(safeLocale(["C", "de-AT", "en"])).toBe("de-AT");
});

test("an unknown time zone falls back to UTC", () => {
  expect(safeTimeZone("Mars/Olympus")).toBe("UTC");
  expect(safeTimeZone("Europe/Berlin")).toBe("Europe/Berlin");
  expect(safeTimeZone(null)).toBe("UTC");
});
