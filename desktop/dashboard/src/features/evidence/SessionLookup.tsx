/** The way to a single session: only whoever knows its id finds it, and the hub decides who may. */

import { useState } from "react";
import { elsewhere } from "../../lib/place";
import { goTo } from "../../state/place";
import { useView } from "../../state/view";
import { useText } from "../../text";

const SESSION_ID = /^[A-Za-z0-9_-]{22}$/;

export function SessionLookup() {
  const text = useText();
  const { place } = useView();
  const [id, setId] = useState("");
  const fits = SESSION_ID.test(id.trim());
  return (
    <form
      className="lookup"
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) goTo(elsewhere(place, "session", { id: id.trim() }));
      }}
    >
      <label className="search" title={text.evidence.lookupHint}>
        <span className="vh">{text.evidence.lookup}</span>
        <input
          value={id}
          placeholder={text.evidence.lookup}
          maxLength={24}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setId(event.target.value)}
        />
      </label>
      {fits && (
        <button type="submit" className="button">
          {text.evidence.lookupOpen}
        </button>
      )}
    </form>
  );
}
