/** The npm package: `start` puts the whole widget on a page; importing it touches nothing. */
import { type Flowback, start as startWith } from "./app";
import { type Config, configure } from "./config";

export type { Flowback } from "./app";
export type { Asked } from "./ask";
export type { Purpose, Source, State } from "./choice";
export type { Config, Rule } from "./config";
export type { Consent } from "./consent";
export type { Texts } from "./texts/en";

/** What must be given; all else has a preset. */
export type Options = Partial<Config> & Pick<Config, "projectId" | "key" | "apiUrl">;

/**
 * Starts the widget; once a page, whoever came first. Throws where there is no page, or
 * where the options lead to no edge.
 */
export function start(options: Options): Flowback {
  const page = window as { flowback?: Flowback };
  if (!page.flowback?.consent) {
    if (!configure(options)) throw new TypeError("flowback needs projectId and key");
    page.flowback = startWith();
  }
  return page.flowback;
}
