/** Says what was done, and offers to undo it. It stays until it is closed: nothing is timed. */

import { useText } from "../../text";
import { Icon } from "../../ui/Icon";
import type { Done } from "./useActions";

export function Toast({ done, close }: { done: Done | null; close: () => void }) {
  const text = useText();
  return (
    <div className="toast-place" role="status">
      {done && (
        <span className="toast">
          {done.text}
          {done.undo && (
            <button type="button" className="button small" onClick={done.undo}>
              {text.undo}
            </button>
          )}
          <button
            type="button"
            className="button ghost square small"
            aria-label={text.close}
            onClick={close}
          >
            <Icon name="close" />
          </button>
        </span>
      )}
    </div>
  );
}
