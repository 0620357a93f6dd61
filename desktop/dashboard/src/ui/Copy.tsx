/** A line to copy. Without a clipboard (plain HTTP) it is selected instead. */

import { useRef, useState } from "react";
import { useText } from "../text";
import { Icon } from "./Icon";

export function CopyLine({ children }: { children: string }) {
  const text = useText();
  const [copied, setCopied] = useState(false);
  const line = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(children);
      setCopied(true);
    } catch {
      if (line.current) getSelection()?.selectAllChildren(line.current);
    }
  };
  return (
    <span className="copy-line">
      <code ref={line}>{children}</code>
      <button type="button" className="button small" onClick={() => void copy()}>
        <Icon name={copied ? "check" : "copy"} />
        <span aria-live="polite">{copied ? text.copied : text.copy}</span>
      </button>
    </span>
  );
}
