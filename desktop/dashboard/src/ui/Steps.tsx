/** A timeline of steps: when, relative to the first, and what; friction stands out. */

import type { Step } from "../api/types.gen";
import { middle } from "../lib/format";
import { isFriction, isReaction } from "../lib/signals";
import { useView } from "../state/view";
import { type Text, useText } from "../text";
import type { Sentence } from "../text/sentence";
import { Icon } from "./Icon";

/** What a sentence names in its middle: an element where it is about one, else the page. */
const ABOUT_PAGE = new Set([
  "nav",
  "backtrack",
  "quick_back",
  "thrash",
  "scroll_milestone",
  "leave",
  "prompt",
]);

function sentence(step: Step, text: Text, count: string): Sentence {
  const it = ABOUT_PAGE.has(step.what) ? step.page : (step.name ?? step.target ?? step.page);
  const known = Object.hasOwn(text.step, step.what) ? text.step[step.what] : undefined;
  return known ? known(it, count) : [`${step.what} `, it, ""];
}

export function StepLine({ step }: { step: Step }) {
  const text = useText();
  const { format } = useView();
  const count = format.count(step.count);
  const [head, it, tail] = sentence(step, text, count);
  const named = step.name !== null && it === step.name;
  const told = step.count <= 1;
  return (
    <span className="step-text">
      {isReaction(step.what) && <Icon name={step.what} className={step.what} />}
      {head}
      {named ? <b>{it}</b> : it && <code title={it}>{middle(it, 44)}</code>}
      {tail}
      {!told && <span className="muted">, {text.times(count)}</span>}
    </span>
  );
}

/** Steps without a page change in between need no page; the list names it once per page. */
export function Steps({ steps, testid }: { steps: Step[]; testid?: string }) {
  const { format } = useView();
  const text = useText();
  return (
    <ol className="steps" data-testid={testid}>
      {steps.map((step, index) => (
        <li
          key={`${step.after}-${index.toString()}`}
          className={isFriction(step.what) ? "hot" : isReaction(step.what) ? "reaction" : ""}
          data-what={step.what}
        >
          <span className="step-when">
            {step.after > 0 ? `+${format.duration(step.after)}` : text.start}
          </span>
          <span className="step-dot" aria-hidden="true" />
          <StepLine step={step} />
        </li>
      ))}
    </ol>
  );
}
