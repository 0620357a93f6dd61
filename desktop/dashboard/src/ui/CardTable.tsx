/** A table in a place that may scroll; below 768 px its rows are cards (see `tables.css`). */

import type { ReactNode } from "react";
import { Scroll } from "./Scroll";

export interface Column {
  head: string;
  /** Holds numbers: aligned at its end. */
  number?: boolean;
  /** What the head means, where it is an abbreviation. */
  title?: string;
}

interface Props {
  label: string;
  columns: readonly Column[];
  className?: string;
  /** Rows; each cell but the first says its head again in `data-label`. */
  children: ReactNode;
}

export function CardTable({ label, columns, className = "", children }: Props) {
  return (
    <Scroll label={label}>
      <table className={`lined cards ${className}`}>
        <caption className="vh">{label}</caption>
        <thead>
          <tr>
            {columns.map(({ head, number, title }) => (
              <th key={head} scope="col" className={number ? "number" : undefined}>
                {title ? <abbr title={title}>{head}</abbr> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody data-rows>{children}</tbody>
      </table>
    </Scroll>
  );
}
