/** Texts in the visitor's language, with the site's own words over them. */
import { config } from "../config";
import type { FullTexts } from "./en";
import { LANGUAGES } from "./languages";

/** Returns the texts for the site's, the page's or the browser's language, in this order, and its tag. */
export function texts(): [FullTexts, string] {
  const own = (config.texts || {}) as Record<string, FullTexts>;
  // Subtags are cut: `de-AT` is served by `de`.
  const language =
    [config.language, document.documentElement.lang, ...navigator.languages]
      .map((tag) => `${tag}`.replace(/-.*/, ""))
      .find((tag) => LANGUAGES[tag] || own[tag]) || "en";
  const words = { ...LANGUAGES.en, ...LANGUAGES[language], ...(own as object), ...own[language] };
  return [words as FullTexts, language];
}
