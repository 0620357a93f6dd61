/** Lets the hub sign a report and saves the file. */

import { useState } from "react";
import { makeReport } from "../../api/client";
import { useText } from "../../text";
import { Icon } from "../../ui/Icon";

export function SaveReport({ from, to }: { from: number; to: number }) {
  const { privacy } = useText();
  const [failed, setFailed] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const made = JSON.stringify(await makeReport(from, to), null, 1);
      const address = URL.createObjectURL(new Blob([made], { type: "application/json" }));
      const anchor = document.createElement("a");
      anchor.href = address;
      anchor.download = "flowback-compliance.json";
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      setFailed(null);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <>
      {failed && (
        <span className="worse" role="alert">
          {privacy.reportFailed}
          {failed}
        </span>
      )}
      <button type="button" className="button" disabled={busy} onClick={() => void save()}>
        <Icon name="download" />
        {privacy.report}
      </button>
    </>
  );
}
