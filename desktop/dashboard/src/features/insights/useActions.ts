/** What a person can do here: run the agent now, decide; and undo the last decision. */

import { useState } from "react";
import { decide, runInsights } from "../../api/client";
import type { Insight } from "../../api/types.gen";
import { useView } from "../../state/view";
import { useText } from "../../text";

/** What was just done, with a way back. */
export interface Done {
  text: string;
  undo: (() => void) | null;
}

export function useActions(changed: () => void) {
  const { insights } = useText();
  const { project, format } = useView();
  const [running, setRunning] = useState(false);
  const [done, setDone] = useState<Done | null>(null);
  const fail = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    setDone({ text: insights.failed + reason, undo: null });
  };
  const run = async () => {
    setRunning(true);
    try {
      const found = (await runInsights(project.id)).insights;
      setDone({ text: insights.ranNow(found, format.count(found)), undo: null });
      changed();
    } catch (error) {
      fail(error);
    }
    setRunning(false);
  };
  const settle = async (insight: Insight, decision: Insight["decision"]) => {
    try {
      await decide(insight.id, decision, project.id);
      const before = insight.decision;
      setDone({
        text: `${insight.title}: ${insights.decided[decision]}`,
        undo: () => void settle({ ...insight, decision }, before),
      });
      changed();
    } catch (error) {
      fail(error);
    }
  };
  return {
    running,
    done,
    run: () => void run(),
    settle: (insight: Insight, decision: Insight["decision"]) => void settle(insight, decision),
    forget: () => setDone(null),
  };
}
