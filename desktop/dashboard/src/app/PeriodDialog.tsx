/** A period of the reader's own, in whole hours of the project's time zone. */

import { useState } from "react";
import { zoneOffset } from "../charts/geometry";
import { refiltered } from "../lib/place";
import { goTo } from "../state/place";
import { useView } from "../state/view";
import { useText } from "../text";
import { Dialog } from "./Dialog";
import { closeDialog } from "./dialogs";

/** `2025-09-01T14:00` of a zone, as an input of the browser writes it. */
function written(at: number, zone: string): string {
  return new Date(at + zoneOffset(zone, at)).toISOString().slice(0, 16);
}

function read(text: string, zone: string): number {
  const asUtc = Date.parse(`${text}Z`);
  return asUtc - zoneOffset(zone, asUtc - zoneOffset(zone, asUtc));
}

function Fields() {
  const text = useText();
  const { place, span, format } = useView();
  const [from, setFrom] = useState(() => written(span.from, format.zone));
  const [to, setTo] = useState(() => written(span.to, format.zone));
  const [wrong, setWrong] = useState(false);
  const apply = () => {
    const [start, end] = [read(from, format.zone), read(to, format.zone)];
    if (!(start < end)) {
      setWrong(true);
      return;
    }
    closeDialog();
    goTo(refiltered(place, { from: start, to: end, period: null }));
  };
  return (
    <form
      className="dialog-body"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <h2>{text.filter.customTitle}</h2>
      <label className="field">
        {text.filter.from}
        <input
          type="datetime-local"
          step={3600}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label className="field">
        {text.filter.until}
        <input
          type="datetime-local"
          step={3600}
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
      </label>
      <p className="muted">{text.filter.zone(format.zone)}</p>
      {wrong && <p role="alert">{text.filter.wrongOrder}</p>}
      <div className="dialog-end">
        <button type="button" className="button" onClick={closeDialog}>
          {text.close}
        </button>
        <button type="submit" className="button primary">
          {text.filter.apply}
        </button>
      </div>
    </form>
  );
}

export default function PeriodDialog() {
  const text = useText();
  return (
    <Dialog label={text.filter.customTitle}>
      <Fields />
    </Dialog>
  );
}
