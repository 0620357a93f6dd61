/**
 * Where the pages and ways of a flow graph stand.
 *
 * At most 12 pages and 24 ways are drawn, ways under 1 % not at all (design, 5).
 * Columns follow the ways forward; a way back is a thin dashed line. Pure: the same answer gives the same picture.
 */

import type { JourneyLink, JourneyNode } from "../api/types.gen";

export const MOST_NODES = 12;
export const MOST_LINKS = 24;
const MOST_COLUMNS = 7;
const NODE_WIDTH = 12;
/** Narrowest column, and the room that the labels of the last one need; px. */
const NARROWEST = 132;
const LAST = 150;
/** Height of a label above its node, and of all the nodes of the fullest column together; px. */
const LABEL = 34;
const INK = 190;

export interface FlowNode {
  page: string;
  sessions: number;
  score: number | null;
  column: number;
  x: number;
  y: number;
  height: number;
}

export interface FlowLink {
  source: FlowNode;
  target: FlowNode;
  sessions: number;
  width: number;
  back: boolean;
  path: string;
}

export interface Flow {
  nodes: FlowNode[];
  links: FlowLink[];
  /** Pages that are not drawn. */
  folded: number;
  /** Ways that are not drawn. */
  weak: number;
  width: number;
  height: number;
}

type Shown = JourneyLink & { sessions: number };

/** The pages to draw: the most visited, or one page and its six strongest neighbours. */
export function chosenPages(
  nodes: readonly JourneyNode[],
  links: readonly Shown[],
  focus: string | null,
): Set<string> {
  if (focus !== null) {
    const strength = new Map<string, number>();
    for (const { source, target, sessions } of links) {
      const other: string | null = source === focus ? target : target === focus ? source : null;
      if (other !== null && other !== focus) {
        strength.set(other, (strength.get(other) ?? 0) + sessions);
      }
    }
    const strongest = [...strength].sort((a, b) => b[1] - a[1]).slice(0, 6);
    return new Set([focus, ...strongest.map(([page]) => page)]);
  }
  const visited = [...nodes].sort((a, b) => (b.sessions ?? 0) - (a.sessions ?? 0));
  return new Set(visited.slice(0, MOST_NODES).map(({ page }) => page));
}

/** The ways forward: the strongest first, each taken unless it would close a circle. */
function forwardWays(links: readonly Shown[]): Shown[] {
  const taken: Shown[] = [];
  const reaches = (from: string, to: string): boolean =>
    from === to || taken.some(({ source, target }) => source === from && reaches(target, to));
  for (const link of [...links].sort((a, b) => b.sessions - a.sessions)) {
    if (!link.back && !reaches(link.target, link.source)) taken.push(link);
  }
  return taken;
}

/** Column of each page: the longest way forward that leads to it. */
export function columnsOf(
  pages: ReadonlySet<string>,
  links: readonly Shown[],
): Map<string, number> {
  const forward = forwardWays(links.filter(({ source, target }) => source !== target));
  const columns = new Map([...pages].map((page) => [page, 0]));
  for (let round = 0; round < pages.size; round += 1) {
    for (const { source, target } of forward) {
      const after = Math.min(MOST_COLUMNS - 1, (columns.get(source) ?? 0) + 1);
      columns.set(target, Math.max(columns.get(target) ?? 0, after));
    }
  }
  return columns;
}

/** From the right side of a node to the left side of one further on, or back the other way round. */
function curve(source: FlowNode, target: FlowNode, y0: number, y1: number): string {
  if (target.column > source.column) {
    const [x0, x1] = [source.x + NODE_WIDTH, target.x];
    const bend = (x1 - x0) / 2;
    return `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
  }
  if (target.column === source.column) {
    const x = source.x + NODE_WIDTH;
    return `M${x} ${y0}C${x + 34} ${y0} ${x + 34} ${y1} ${x} ${y1}`;
  }
  const [x0, x1] = [source.x, target.x + NODE_WIDTH];
  const bend = (x0 - x1) / 2;
  return `M${x0} ${y0}C${x0 - bend} ${y0} ${x1 + bend} ${y1} ${x1} ${y1}`;
}

/** The picture of the flow in a frame `width` px wide. */
export function layout(
  nodes: readonly JourneyNode[],
  links: readonly JourneyLink[],
  width: number,
  focus: string | null = null,
): Flow {
  const shown = links.filter(
    (link): link is Shown => link.hidden === null && link.sessions !== null,
  );
  const visible = nodes.filter(({ hidden, sessions }) => hidden === null && sessions !== null);
  const pages = chosenPages(visible, shown, focus);
  const most = Math.max(1, ...visible.map(({ sessions }) => sessions ?? 0));
  const inside = shown
    .filter(({ source, target }) => source !== target && pages.has(source) && pages.has(target))
    .sort((a, b) => b.sessions - a.sessions);
  const drawn = inside.filter(({ sessions }) => sessions >= most / 100).slice(0, MOST_LINKS);

  const columns = columnsOf(pages, drawn);
  const count = Math.max(1, ...[...columns.values()].map((column) => column + 1));
  const gap = count > 1 ? (Math.max(width, count * NARROWEST) - LAST) / (count - 1) : 0;
  const rows: FlowNode[][] = Array.from({ length: count }, () => []);
  const ordered = [...visible].sort((a, b) => (b.sessions ?? 0) - (a.sessions ?? 0));
  for (const { page, sessions, score } of ordered) {
    const column = columns.get(page);
    if (column === undefined) continue;
    const x = 2 + column * gap;
    rows[column]?.push({ page, sessions: sessions ?? 0, score, column, x, y: 0, height: 0 });
  }
  // One scale for all columns: a session is as high everywhere.
  const scale = Math.min(
    ...rows.map(
      (row) =>
        INK /
        Math.max(
          1,
          row.reduce((sum, { sessions }) => sum + sessions, 0),
        ),
    ),
  );
  for (const row of rows) {
    let y = LABEL;
    for (const node of row) {
      node.height = Math.max(6, node.sessions * scale);
      node.y = y;
      y += node.height + LABEL + 8;
    }
  }
  const placed = new Map(rows.flat().map((node) => [node.page, node]));
  const out: FlowLink[] = [];
  const [left, came] = [new Map<string, number>(), new Map<string, number>()];
  for (const link of drawn) {
    const [source, target] = [placed.get(link.source), placed.get(link.target)];
    if (!source || !target) continue;
    const back = target.column <= source.column;
    const thick = Math.max(1.5, Math.min(link.sessions * scale, source.height, target.height));
    const slot = (used: Map<string, number>, node: FlowNode) => {
      if (back) return node.y + node.height - 3;
      const at = Math.min(used.get(node.page) ?? 0, Math.max(0, node.height - thick));
      used.set(node.page, at + thick);
      return node.y + at + thick / 2;
    };
    const path = curve(source, target, slot(left, source), slot(came, target));
    out.push({ source, target, sessions: link.sessions, width: back ? 1.5 : thick, back, path });
  }
  return {
    nodes: rows.flat(),
    links: out,
    folded: visible.length - placed.size,
    weak: inside.length - drawn.length,
    width: Math.max(width, count * NARROWEST),
    height: Math.max(...rows.flat().map(({ y, height }) => y + height), 60) + 12,
  };
}
