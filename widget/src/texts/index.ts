/** Texts in the visitor's language, with the site's own words over them. */
import type { Config } from "../config";
import type { CoreTexts, FullTexts } from "./en";

export type Languages = Record<string, CoreTexts & Partial<FullTexts>>;

export interface Wording {
  language: string;
  say(name: keyof FullTexts): string;
}

/** Returns the wording for the site's, the page's or the browser's language, in this order. */
export function wording(
  { texts, language, siteName, retentionDays }: Config,
  languages: Languages,
): Wording {
  const own = texts as Record<string, Record<string, string>>;
  // Subtags are cut: `de-AT` is served by `de`.
  const tags = [language, document.documentElement.lang, ...navigator.languages].map(
    (tag) => `${tag}`.split("-")[0] as string,
  );
  const found = tags.find((tag) => languages[tag] || own[tag]) || "en";
  const all = { ...languages.en, ...languages[found], ...own, ...own[found] } as Record<
    string,
    unknown
  >;
  return {
    language: found,
    say: (name) => `${all[name]}`.replace("{site}", siteName).replace("{days}", `${retentionDays}`),
  };
}
