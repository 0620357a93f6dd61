/** English texts of the question and the panel. */
import { en as core, type FullTexts } from "./en";

export const en: FullTexts = {
  ...core,
  close: "Close",
  feedback: "Feedback",
  question: "Did that work as you expected?",
  good: "Good",
  confused: "Confused",
  bad: "Bad",
  note: "One tap. No name, nothing you typed.",
  sent: "What is sent",
  thanks: "Thank you. Want to say more?",
  words: "In your words, no names",
  send: "Send",
  since: "Since {time}, to {site}.",
  pages: "Pages opened",
  clicks: "Clicks",
  scrolling: "Scrolling",
  fields: "Fields visited, without content",
  answers: "Answers you gave",
  other: "Other moments",
  all: "Show all {n} entries",
  erase: "Delete all and stop",
  stop: "Stop, keep what was sent",
  erased: "Deletion is under way. Receipt:",
  stopped: "Stopped. Nothing more is sent.",
};
