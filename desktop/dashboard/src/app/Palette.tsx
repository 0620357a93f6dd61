/** Search and commands: pages, places, filters, actions. On a phone it is what "More" opens. */

import { type KeyboardEvent, useState } from "react";
import { questions } from "../api/client";
import { addressOf, elsewhere, refiltered } from "../lib/place";
import { useAnswer } from "../state/answers";
import { goTo } from "../state/place";
import { setTheme, type Theme } from "../state/theme";
import { useView } from "../state/view";
import { chooseLanguage, LANGUAGES, type Language, useText } from "../text";
import { Icon, type IconName } from "../ui/Icon";
import { Dialog } from "./Dialog";
import { closeDialog } from "./dialogs";
import { ROUTES } from "./routes";

interface Command {
  group: string;
  name: string;
  icon: IconName;
  keys?: string;
  run: () => void;
}

function useCommands(): Command[] {
  const text = useText();
  const { place, query } = useView();
  const places = useAnswer(questions.hotspots({ ...query, page: null }, "page")).data?.rows ?? [];
  const { palette } = text;
  return [
    ...ROUTES.filter(({ menu }) => menu !== "none").map(({ page, icon, key }) => ({
      group: palette.goTo,
      name: text.pages[page],
      icon,
      keys: `g ${key}`,
      run: () => goTo(elsewhere(place, page)),
    })),
    ...places.map(({ page }) => ({
      group: palette.places,
      name: page,
      icon: "hotspots" as const,
      run: () => goTo(elsewhere(place, "hotspots", { open: page })),
    })),
    ...Object.entries(text.filter.devices).map(([device, name]) => ({
      group: palette.filters,
      name: `${text.filter.device}: ${name}`,
      icon: "right" as const,
      run: () => goTo(refiltered(place, { device })),
    })),
    ...(["auto", "light", "dark"] satisfies Theme[]).map((name) => ({
      group: palette.actions,
      name: `${text.theme.label}: ${text.theme[name]}`,
      icon: "theme" as const,
      keys: ".",
      run: () => setTheme(name),
    })),
    ...[null, ...(Object.keys(LANGUAGES) as Language[])].map((name) => ({
      group: palette.actions,
      name: `${text.language.label}: ${text.language[name ?? "auto"]}`,
      icon: "right" as const,
      run: () => chooseLanguage(name),
    })),
    {
      group: palette.actions,
      name: palette.copyAddress,
      icon: "copy",
      run: () =>
        void navigator.clipboard?.writeText(location.origin + location.pathname + addressOf(place)),
    },
    { group: palette.actions, name: palette.print, icon: "download", run: () => print() },
  ];
}

const MOST = 40;

export default function Palette() {
  const text = useText();
  const commands = useCommands();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands
    .filter(({ name, group }) =>
      words.every((word) => `${group} ${name}`.toLowerCase().includes(word)),
    )
    .slice(0, MOST);
  const groups = [...new Set(found.map(({ group }) => group))];

  const run = (command: Command | undefined) => {
    if (!command) return;
    closeDialog();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") run(found[at]);
    else if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label={text.keys.palette} className="palette">
      <div className="palette-top">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found[at] ? `command-${String(at)}` : undefined}
          aria-label={text.keys.palette}
          placeholder={text.palette.placeholder}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          className="button ghost square"
          aria-label={text.close}
          onClick={closeDialog}
        >
          <Icon name="close" />
        </button>
      </div>
      <div id="palette-list" role="listbox" aria-label={text.keys.palette} className="palette-list">
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a listbox
          <div key={group} role="group" aria-label={group}>
            <div className="palette-group" aria-hidden="true">
              {group}
            </div>
            {found.map((command, index) =>
              command.group === group ? (
                <div
                  key={command.name}
                  id={`command-${String(index)}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === at}
                  className={index === at ? "chosen" : ""}
                  onClick={() => run(command)}
                  onKeyDown={onKeyDown}
                  onPointerMove={() => setAt(index)}
                >
                  <Icon name={command.icon} />
                  <span>{command.name}</span>
                  {command.keys && <kbd>{command.keys}</kbd>}
                </div>
              ) : null,
            )}
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="state muted">{text.palette.none}</p>}
    </Dialog>
  );
}
