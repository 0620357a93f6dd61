/** English, the language of the core. `{site}` and `{days}` are filled in. */
export const en = {
  ask: "May we notice where this page is hard to use?",
  what: "Clicks and scrolling, never what you type and no name. {site} keeps it for {days} days.",
  no: "No",
  yes: "Yes",
  details: "Details",
  gpc: "Your browser says no, so we do not. Change that?",
};

/** Texts of consent: in the core. */
export type CoreTexts = typeof en;

/** Texts of the question and the panel. */
export interface FullTexts extends CoreTexts {
  close: string;
  feedback: string;
  question: string;
  good: string;
  confused: string;
  bad: string;
  note: string;
  sent: string;
  thanks: string;
  words: string;
  send: string;
  since: string;
  pages: string;
  clicks: string;
  scrolling: string;
  fields: string;
  answers: string;
  other: string;
  all: string;
  erase: string;
  stop: string;
  erased: string;
  stopped: string;
}

export type Texts = FullTexts;
