/** Lets something be made and saves it as a file; says what went wrong where it could not. */

import { useState } from "react";
import { Icon } from "./Icon";

interface Props {
  /** The file's name. */
  name: string;
  title: string;
  /** What stands on the button; without it only the icon does. */
  words?: string | false;
  /** Before what went wrong. */
  failed: string;
  make: () => Promise<Blob>;
}

export function Save({ name, title, words = false, failed, make }: Props) {
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const address = URL.createObjectURL(await make());
      const anchor = document.createElement("a");
      anchor.href = address;
      anchor.download = name;
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      setWrong(null);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <>
      {wrong && (
        <span className="worse" role="alert">
          {failed}
          {wrong}
        </span>
      )}
      <button
        type="button"
        className={words ? "button" : "button ghost square"}
        title={title}
        aria-label={title}
        disabled={busy}
        onClick={() => void save()}
      >
        <Icon name="download" />
        {words}
      </button>
    </>
  );
}
