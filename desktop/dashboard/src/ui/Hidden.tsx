/** What may not be shown keeps its place and says why: never 0, never blank. */

import type { Hotspot } from "../api/types.gen";
import { useView } from "../state/view";
import { useText } from "../text";
import { Icon } from "./Icon";

export function Hidden({ why }: { why: NonNullable<Hotspot["hidden"]> }) {
  const text = useText();
  const { project, format } = useView();
  return (
    <span className="hidden-word">
      <Icon name="hidden" />
      {text.hidden[why](format.count(project.k))}
    </span>
  );
}
