/** A first visit without data: from nothing to the first event, step by step. */

import { useEffect, useState } from "react";
import type { Project } from "../../api/types.gen";
import { createFormat } from "../../lib/format";
import { probe, refresh } from "../../state/answers";
import { type Text, useText } from "../../text";
import { CopyLine } from "../../ui/Copy";
import { Icon } from "../../ui/Icon";

const LOOK_MS = 2000;
const REASONS_MS = 60_000;

/** The time since this guide was opened, ms; asks the hub now and then whether something came. */
function useWaiting(): { since: number; waited: number } {
  const [since] = useState(() => Date.now());
  const [waited, setWaited] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      setWaited(Date.now() - since);
      void probe().then((up) => (up ? refresh() : undefined));
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [since]);
  return { since, waited };
}

function Reasons({ text }: { text: Text }) {
  const { guide } = text;
  return (
    <div className="reasons">
      <p>{guide.reasons}</p>
      <ul>
        {[guide.reason1, guide.reason2, guide.reason3].map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}

export default function Guide({ project }: { project: Project | null }) {
  const text = useText();
  const { guide } = text;
  const { since, waited } = useWaiting();
  const [format] = useState(() => createFormat(navigator.language, project?.timeZone ?? "UTC"));
  return (
    <section className="guide" data-testid="guide">
      <h1 className="finding">{project ? guide.title : guide.noProject}</h1>
      <p className="lead">{guide.lead}</p>
      <ol className="guide-steps">
        <li className={project ? "done" : "now"}>
          <h2>{guide.step1}</h2>
          {project ? (
            <p>
              <Icon name="check" /> {guide.step1Done(project.name)}{" "}
              <span className="muted">{guide.consent[project.consent]}</span>
            </p>
          ) : (
            <>
              <p>{guide.step1Text}</p>
              <CopyLine>flowback site add --help</CopyLine>
            </>
          )}
        </li>
        <li className={project ? "now" : ""}>
          <h2>{guide.step2}</h2>
          <p>{guide.step2Text}</p>
          <CopyLine>{`flowback site snippet ${project?.id ?? "…"}`}</CopyLine>
        </li>
        <li className={project ? "now" : ""}>
          <h2>{guide.step3}</h2>
          <p>{guide.step3Text}</p>
          {project && (
            <p className="pulse-line" role="status">
              <i className="pulse" aria-hidden="true" />
              {guide.waiting(format.time(since))}
            </p>
          )}
          {waited > REASONS_MS && <Reasons text={text} />}
          {project && project.k > 1 && (
            <p className="muted">{guide.figures(format.count(project.k))}</p>
          )}
        </li>
      </ol>
      <p className="lead">{guide.demo}</p>
      <CopyLine>flowback demo</CopyLine>
    </section>
  );
}
