/** The bars that float over the page: updates that wait, and a hub that does not answer. */

import { useEffect, useState } from "react";
import { connection, tryNow } from "../state/connection";
import { live, setPaused, showUpdates } from "../state/live";
import { useStore } from "../state/store";
import { useView } from "../state/view";
import { useText } from "../text";
import { Icon } from "../ui/Icon";

export function LiveBar() {
  const text = useText();
  const { format } = useView();
  const { waiting, held, paused } = useStore(live);
  const shown = waiting > 0 && (held || paused);
  return (
    <div className="live-bar" role="status">
      {shown && (
        <button type="button" className="button raised" onClick={showUpdates} data-testid="updates">
          <Icon name="again" />
          {text.live.show(format.count(waiting), waiting)}
        </button>
      )}
    </div>
  );
}

export function LiveSwitch() {
  const text = useText();
  const { paused } = useStore(live);
  const label = paused ? text.live.resume : text.live.pause;
  return (
    <button
      type="button"
      className="button ghost square"
      title={label}
      aria-label={label}
      aria-pressed={paused}
      onClick={() => setPaused(!paused)}
    >
      <Icon name={paused ? "play" : "pause"} />
    </button>
  );
}

export function OfflineBar() {
  const text = useText();
  const { format, now } = useView();
  const { downSince, nextTry } = useStore(connection);
  const [, tick] = useState(0);
  useEffect(() => {
    if (downSince === null) return;
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [downSince]);
  // A blink of the connection is no news.
  if (downSince === null || Date.now() - downSince < 1500) return null;
  const wait = nextTry === null ? null : Math.max(1000, nextTry - Date.now());
  return (
    <div className="offline-bar" role="alert" data-testid="offline">
      <Icon name="warning" />
      <span>
        {text.state.offline(format.when(downSince, now))}{" "}
        {wait === null ? text.state.trying : text.state.again(format.duration(wait))}
      </span>
      <button type="button" className="button small" onClick={tryNow}>
        {text.state.now}
      </button>
    </div>
  );
}
