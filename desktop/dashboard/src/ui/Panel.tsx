/** A panel: title, caption (what, base, surety), tools, content. */

import type { ReactNode } from "react";
import { useId } from "react";
import { type Ask, getCsv } from "../api/client";
import { adjusted } from "../lib/place";
import { goTo } from "../state/place";
import { useView } from "../state/view";
import { useText } from "../text";
import { Icon } from "./Icon";
import { Save } from "./Save";

interface Props {
  title: string;
  caption?: ReactNode;
  legend?: ReactNode;
  tools?: ReactNode;
  note?: ReactNode;
  children: ReactNode;
  className?: string;
}

export function Panel({ title, caption, legend, tools, note, children, className = "" }: Props) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {caption && <span className="caption">{caption}</span>}
        {legend}
        {tools && <div className="tools">{tools}</div>}
      </div>
      {children}
      {note && <div className="note-line">{note}</div>}
    </section>
  );
}

/** Whether drawings are shown as tables; kept in the address, `t` turns it. */
export function useTableView(): [boolean, () => void] {
  const { place } = useView();
  const table = place.local["view"] === "table";
  return [table, () => goTo(adjusted(place, { view: table ? null : "table" }), "replace")];
}

export function TableTool() {
  const text = useText();
  const [table, turn] = useTableView();
  const label = table ? text.tools.chart : text.tools.table;
  return (
    <button
      type="button"
      className="button ghost square"
      title={label}
      aria-label={label}
      onClick={turn}
    >
      <Icon name={table ? "chart" : "table"} />
    </button>
  );
}

/** Saves the rows behind a panel as the hub writes them. */
export function CsvTool({
  of,
  name,
  wide = false,
}: {
  of: Ask<unknown>;
  name: string;
  wide?: boolean;
}) {
  const { tools } = useText();
  return (
    <Save
      name={`flowback-${name}.csv`}
      title={tools.csv}
      words={wide && "CSV"}
      failed={tools.csvFailed}
      make={() => getCsv(of)}
    />
  );
}
