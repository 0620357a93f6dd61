/** The frame of a dialog: opens as a layer of its own, closes on Escape and on a click beside it. */

import { type ReactNode, useEffect, useRef } from "react";
import { closeDialog } from "./dialogs";

interface Props {
  label: string;
  className?: string;
  children: ReactNode;
}

export function Dialog({ label, className = "", children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const node = dialog.current;
    const before = document.activeElement;
    if (node && !node.open) node.showModal();
    return () => {
      node?.close();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, as with any dialog of the browser
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-label={label}
      onCancel={closeDialog}
      onClick={(event) => {
        if (event.target === event.currentTarget) closeDialog();
      }}
    >
      {children}
    </dialog>
  );
}
