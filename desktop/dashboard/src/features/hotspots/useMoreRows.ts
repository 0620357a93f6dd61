/** The pages of a ranking after its first: asked for by the reader, dropped when the question changes. */

import { useEffect, useState } from "react";
import { get, type Query, questions } from "../../api/client";
import type { Hotspot, Hotspots } from "../../api/types.gen";

export function useMoreRows(query: Query, by: "page" | "element", first: Hotspots | null) {
  const question = questions.hotspots(query, by).path;
  const [state, setState] = useState<{ question: string; rows: Hotspot[]; next: string | null }>({
    question,
    rows: [],
    next: null,
  });
  const [loading, setLoading] = useState(false);
  const same = state.question === question;
  useEffect(() => {
    if (!same) setState({ question, rows: [], next: null });
  }, [same, question]);

  const cursor = same && state.rows.length > 0 ? state.next : (first?.next ?? null);
  const load = async () => {
    if (cursor === null) return;
    setLoading(true);
    try {
      const data = await get(questions.hotspots(query, by, cursor));
      setState((old) => ({
        question,
        rows: [...(old.question === question ? old.rows : []), ...data.rows],
        next: data.next,
      }));
    } finally {
      setLoading(false);
    }
  };
  return {
    rows: same ? state.rows : [],
    next: cursor,
    loading,
    load: cursor === null ? null : () => void load(),
  };
}
