/** The filters, the same on every page. Native controls: they work by keyboard, touch and screen reader. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import { questions } from "../api/client";
import { DEFAULT_PERIOD, isPeriod, PERIODS } from "../lib/period";
import { type Filters, NARROWING, narrowedBy, projectPlace, refiltered } from "../lib/place";
import { useAnswer } from "../state/answers";
import { goTo } from "../state/place";
import { useView } from "../state/view";
import { useText } from "../text";
import { Icon } from "../ui/Icon";
import { openDialog } from "./dialogs";

const CUSTOM = "custom";

interface ChipProps {
  label: string;
  hideLabel?: boolean;
  value: string;
  shown: string;
  on: boolean;
  className?: string;
  onChange: (value: string) => void;
  children: ReactNode;
}

/** A select in the shape of a chip: the text is drawn, the control lies over it. */
function Chip(props: ChipProps) {
  const { label, hideLabel = false, value, shown, on, className = "", onChange, children } = props;
  return (
    <label className={`chip ${on ? "on" : ""} ${className}`}>
      <span className={hideLabel ? "vh" : "chip-key"}>{label}</span>
      <span className="chip-value" aria-hidden="true">
        {shown}
      </span>
      <Icon name="down" />
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {children}
      </select>
    </label>
  );
}

/** On a phone the menu is gone, and with it the project: it comes first among the filters. */
function ProjectChip() {
  const text = useText();
  const { place, project, projects } = useView();
  if (projects.length < 2) return null;
  return (
    <Chip
      label={text.project.label}
      hideLabel
      className="phone-only"
      value={project.id}
      shown={project.name}
      on={false}
      onChange={(id) => goTo(projectPlace(place, id))}
    >
      {projects.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Chip>
  );
}

function PeriodChip() {
  const text = useText();
  const { place, format, span } = useView();
  const { filters } = place;
  const fixed = filters.from !== null;
  const name = filters.period ?? DEFAULT_PERIOD;
  const choose = (value: string) => {
    if (value === CUSTOM) openDialog("period");
    else if (isPeriod(value)) goTo(refiltered(place, { period: value, from: null, to: null }));
  };
  return (
    <Chip
      label={text.filter.period}
      hideLabel
      value={fixed ? "fixed" : name}
      shown={fixed ? format.period(span.from, span.to) : text.filter.periods[name]}
      on={false}
      onChange={choose}
    >
      {fixed && <option value="fixed">{format.period(span.from, span.to)}</option>}
      {Object.keys(PERIODS)
        .filter(isPeriod)
        .map((period) => (
          <option key={period} value={period}>
            {text.filter.periods[period]}
          </option>
        ))}
      <option value={CUSTOM}>{text.filter.custom}</option>
    </Chip>
  );
}

function VersusChip() {
  const text = useText();
  const { place } = useView();
  const { versus } = place.filters;
  return (
    <button
      type="button"
      className={`chip ${versus ? "on" : ""}`}
      aria-pressed={versus}
      onClick={() => goTo(refiltered(place, { versus: !versus }))}
    >
      {versus && <Icon name="check" />}
      {text.filter.versus}
    </button>
  );
}

type Narrowing = (typeof NARROWING)[number];

interface NarrowProps {
  name: Narrowing;
  options: readonly (readonly [string, string])[];
}

function NarrowChip({ name, options }: NarrowProps) {
  const text = useText();
  const { place } = useView();
  const value = place.filters[name];
  const known = options.some(([option]) => option === value);
  if (options.length < 2 && value === null) return null;
  const change: Partial<Filters> = {};
  return (
    <Chip
      label={text.filter[name]}
      value={value ?? ""}
      shown={
        value === null ? text.all : (options.find(([option]) => option === value)?.[1] ?? value)
      }
      on={value !== null}
      onChange={(chosen) => {
        change[name] = chosen || null;
        goTo(refiltered(place, change));
      }}
    >
      <option value="">{text.all}</option>
      {value !== null && !known && <option value={value}>{value}</option>}
      {options.map(([option, shown]) => (
        <option key={option} value={option}>
          {shown}
        </option>
      ))}
    </Chip>
  );
}

/** Cohorts are the project's own names; which there are, no route tells. */
function CohortChip() {
  const text = useText();
  const { place } = useView();
  const kept = place.filters.cohort ?? "";
  const [typed, setTyped] = useState(kept);
  useEffect(() => setTyped(kept), [kept]);
  const apply = () => {
    const cohort = typed.trim() || null;
    if (cohort !== place.filters.cohort) goTo(refiltered(place, { cohort }));
  };
  return (
    <label className={`chip typed ${kept ? "on" : ""}`}>
      <span className="chip-key">{text.filter.cohort}</span>
      <input
        value={typed}
        placeholder={text.all}
        maxLength={64}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={apply}
        onKeyDown={(event) => {
          if (event.key === "Enter") apply();
        }}
      />
    </label>
  );
}

export function FilterBar() {
  const text = useText();
  const { place, project, query } = useView();
  const places = useAnswer(questions.hotspots({ ...query, page: null }, "page"));
  const edges = useAnswer(questions.edges({ projectId: project.id }));
  const pages = [...new Set(places.data?.rows.map(({ page }) => page))].sort();
  const sites = [...new Set(edges.data?.rows.map(({ site }) => site).filter(Boolean))].sort();
  const bar = useRef<HTMLDivElement>(null);
  const cleared = Object.fromEntries(NARROWING.map((name) => [name, null]));
  return (
    <search className="filters" aria-label={text.filtersLabel}>
      <div ref={bar} className="filters-row">
        <ProjectChip />
        <PeriodChip />
        <VersusChip />
        <NarrowChip name="page" options={pages.map((page) => [page, page])} />
        <NarrowChip name="device" options={Object.entries(text.filter.devices)} />
        <NarrowChip name="site" options={sites.map((site) => [site, site])} />
        <CohortChip />
        {narrowedBy(place.filters) > 0 && (
          <button
            type="button"
            className="button ghost"
            onClick={() => goTo(refiltered(place, cleared))}
          >
            <Icon name="close" />
            {text.filter.reset}
          </button>
        )}
      </div>
      <button
        type="button"
        className="button ghost palette-button"
        onClick={() => openDialog("palette")}
      >
        <Icon name="search" />
        {text.filter.search}
        <kbd>Ctrl K</kbd>
      </button>
    </search>
  );
}
