/** The state of things in one screen: what hurts most, the key figures, what moved, who is behind. */

import { questions } from "../../api/client";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { Region } from "../../ui/States";
import { EdgesPanel } from "./EdgesPanel";
import { Finding } from "./Finding";
import { InsightsPanel } from "./InsightsPanel";
import { KeyFigures } from "./KeyFigures";
import { Moved } from "./Moved";
import { Places } from "./Places";
import { SentimentPanel } from "./SentimentPanel";
import { Stale } from "./Stale";

export function Overview() {
  const text = useText();
  const { query, earlier, project } = useView();
  const overview = useAnswer(questions.overview(query));
  const before = useAnswer(earlier && questions.overview(earlier), { past: true });
  const places = useAnswer(questions.hotspots(query, "page"));
  const placesBefore = useAnswer(earlier && questions.hotspots(earlier, "page"), { past: true });
  const edges = useAnswer(questions.edges({ projectId: project.id }));
  const then = earlier ? before.data : null;
  return (
    <>
      <h1 className="vh">{text.pages.overview}</h1>
      <Region answer={overview} scope={({ scope }) => scope} rows={3}>
        {(data) => (
          <>
            <Finding
              overview={data}
              places={places.data?.rows ?? []}
              mean={places.data?.mean ?? null}
              before={earlier ? (placesBefore.data?.rows ?? []) : []}
            />
            <Stale edges={edges.data?.rows ?? []} />
            <KeyFigures now={data} before={then} compared={earlier !== null} />
            <div className="two-one">
              <div className="stack">
                <Places answer={places} />
                {earlier && <Moved now={places} before={placesBefore} />}
              </div>
              <div className="stack">
                <SentimentPanel point={data.sentiment} />
                <InsightsPanel />
                <EdgesPanel answer={edges} />
              </div>
            </div>
          </>
        )}
      </Region>
    </>
  );
}
