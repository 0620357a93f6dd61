/** What the whole widget has and the core has not; the script's entry fills it in. */
import type { Asked, Why } from "./ask";
import type { Signal } from "./flow";
import type { CoreTexts, FullTexts } from "./texts/en";
import type { FeedbackPayload } from "./types.gen";

export interface Parts {
  /** Texts and their language. */
  _texts(): [texts: CoreTexts & Partial<FullTexts>, language: string];
  /** SHA-256 where the browser has none: on an intranet's plain HTTP. */
  _sha256?(text: string): ArrayBuffer;
  /** A grant began. */
  _begin?(): void;
  /** It ended: forget what was kept of it. */
  _end?(): void;
  /** Asks the question, or says why not. */
  _ask?(why: Why): Asked;
  /** The edge has said whether a question is allowed. */
  _allowed?(): void;
  /** Event `n` was captured; `event` is its JSON. */
  _heard?(payload: Signal | FeedbackPayload, n: number, event: string, element?: Element): void;
  /** The pointer came to a control, or left it. */
  _hover?(element?: Element): void;
  /** Nothing has followed click `of` until its watch ended. */
  _silent?(of: number, element: Element): void;
  /** Shows what this visit has captured. */
  _panel?(): void;
  /** The site's own consent platform decides. */
  _platform?(): boolean;
}

export let parts: Parts;
export function assemble(given: Parts): void {
  parts = given;
}
