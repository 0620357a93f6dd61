/** A friction score: its step as colour, its figure in every cell. */

import { frictionStep } from "../lib/statistics";
import { useView } from "../state/view";

export function Score({ value, testid }: { value: number; testid?: string }) {
  const { format } = useView();
  return (
    <span className={`score f${frictionStep(value)}`} data-testid={testid}>
      {format.score(value)}
    </span>
  );
}
