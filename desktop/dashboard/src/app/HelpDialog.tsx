/** The list of shortcuts, and the switch that turns single letters off. */

import { useStore } from "../state/store";
import { useText } from "../text";
import { Dialog } from "./Dialog";
import { closeDialog } from "./dialogs";
import { ROUTES } from "./routes";
import { setSingleKeys, singleKeys } from "./useKeys";

export default function HelpDialog() {
  const text = useText();
  const single = useStore(singleKeys);
  const { keys } = text;
  const rows: [string[], string][] = [
    [["Ctrl K"], keys.palette],
    ...ROUTES.filter(({ key }) => key).map(({ key, page }): [string[], string] => [
      ["g", key],
      keys.goTo(text.pages[page]),
    ]),
    [["/"], keys.filter],
    [["j", "k"], keys.rows],
    [["t"], keys.table],
    [["[", "]"], keys.period],
    [["a"], keys.accept],
    [["d"], keys.dismiss],
    [["."], keys.theme],
    [["?"], keys.help],
    [["Esc"], keys.close],
  ];
  return (
    <Dialog label={keys.title}>
      <div className="dialog-body">
        <h2>{keys.title}</h2>
        <dl className="keys">
          {rows.map(([pressed, does]) => (
            <div key={does}>
              <dt>
                {pressed.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <label className="check">
          <input
            type="checkbox"
            checked={single}
            onChange={(event) => setSingleKeys(event.target.checked)}
          />
          {keys.single}
        </label>
        <div className="dialog-end">
          <button type="button" className="button" onClick={closeDialog}>
            {text.close}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
