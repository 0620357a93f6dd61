/** Which language is spoken. English is built in; others are fetched from the hub when chosen. */

import { createContext, useContext } from "react";
import { safeLocale } from "../lib/locale";
import { recall, remember } from "../state/storage";
import { en, type Text } from "./en";

export type { Text } from "./en";

/** Each language and what fetches its words. Add one here and write its file. */
export const LANGUAGES = {
  en: async () => en,
  de: async () => (await import("./de")).de,
} as const satisfies Record<string, () => Promise<Text>>;
export type Language = keyof typeof LANGUAGES;

export interface Speech {
  language: Language;
  /** For numbers and dates: the reader's, as far as it fits the language. */
  locale: string;
  text: Text;
}

function isLanguage(name: string | null): name is Language {
  return name !== null && Object.hasOwn(LANGUAGES, name);
}

/** The language chosen here, or null: as the browser has it. */
export function chosenLanguage(): Language | null {
  const chosen = recall("language");
  return isLanguage(chosen) ? chosen : null;
}

export function chooseLanguage(language: Language | null): void {
  remember("language", language);
  location.reload();
}

/** The words and the locale for this reader. */
export async function loadSpeech(wanted: readonly string[] = navigator.languages): Promise<Speech> {
  const base = (tag: string) => tag.toLowerCase().split(/[-_]/, 1)[0] ?? "";
  const chosen = chosenLanguage();
  const language = chosen ?? wanted.map(base).find(isLanguage) ?? "en";
  const fitting = wanted.filter((tag) => base(tag) === language);
  const locale = safeLocale([...fitting, language]);
  return { language, locale, text: await LANGUAGES[language]() };
}

export const SpeechContext = createContext<Speech>({ language: "en", locale: "en", text: en });

export function useText(): Text {
  return useContext(SpeechContext).text;
}
