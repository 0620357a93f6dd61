/** How people move between pages. Width is sessions, the node's colour its friction step. */

import type { JourneyLink, JourneyNode } from "../api/types.gen";
import { middle } from "../lib/format";
import { frictionStep } from "../lib/statistics";
import { type Flow, layout } from "./flow";
import { useWidth } from "./useWidth";

interface Props {
  nodes: readonly JourneyNode[];
  links: readonly JourneyLink[];
  title: string;
  focus: string | null;
  label: (flow: Flow) => string;
  writeCount: (sessions: number) => string;
  writeScore: (score: number) => string;
  onFocus: (page: string) => void;
  footer: (flow: Flow) => string;
}

export function FlowGraph(props: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const flow = layout(props.nodes, props.links, Math.max(width, 320), props.focus);
  const columns = Math.max(1, ...flow.nodes.map(({ column }) => column + 1));
  const room = columns > 1 ? (flow.width - 150) / (columns - 1) - 10 : 300;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would say that there is a form
    <div
      ref={box}
      role="group"
      aria-label={props.title}
      className="flow-box"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable (WCAG 2.1.1)
      tabIndex={0}
    >
      {width > 0 && (
        <>
          <svg width={flow.width} height={flow.height} role="img" aria-label={props.label(flow)}>
            {flow.links.map((link) => (
              <path
                key={`${link.source.page} ${link.target.page}`}
                className={`flow-link ${link.back ? "back" : ""}`}
                d={link.path}
                strokeWidth={link.width}
              >
                <title>{`${link.source.page} → ${link.target.page}: ${props.writeCount(link.sessions)}`}</title>
              </path>
            ))}
            {flow.nodes.map((node) => {
              const last = node.column === columns - 1;
              const most = Math.max(8, Math.floor((last ? 146 : Math.min(room, 240)) / 7.3));
              return (
                // biome-ignore lint/a11y/noStaticElementInteractions: the table below has real links
                <g
                  key={node.page}
                  className={`flow-node ${node.page === props.focus ? "focus" : ""}`}
                  onClick={() => props.onFocus(node.page)}
                >
                  <title>{node.page}</title>
                  <rect
                    className={node.score === null ? "unscored" : `f${frictionStep(node.score)}`}
                    x={node.x}
                    y={node.y}
                    width={12}
                    height={node.height}
                    rx={3}
                  />
                  <text className="flow-name" x={node.x} y={node.y - 19}>
                    {middle(node.page, most)}
                  </text>
                  <text className="flow-count" x={node.x} y={node.y - 5}>
                    {props.writeCount(node.sessions)}
                    {node.score !== null && ` · ${props.writeScore(node.score)}`}
                  </text>
                </g>
              );
            })}
          </svg>
          <p className="flow-foot muted">{props.footer(flow)}</p>
        </>
      )}
    </div>
  );
}
