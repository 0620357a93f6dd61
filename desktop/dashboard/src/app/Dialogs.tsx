/** Draws the dialog that is open. */

import { lazy, Suspense } from "react";
import { useStore } from "../state/store";
import { type DialogName, opened } from "./dialogs";

const DIALOGS: Record<DialogName, ReturnType<typeof lazy>> = {
  help: lazy(() => import("./HelpDialog")),
  palette: lazy(() => import("./Palette")),
  period: lazy(() => import("./PeriodDialog")),
};

export function Dialogs() {
  const name = useStore(opened);
  if (name === null) return null;
  const Dialog = DIALOGS[name];
  return (
    <Suspense fallback={null}>
      <Dialog />
    </Suspense>
  );
}
