/** The hub's agents: which is at work, which waits or was given up, and why. */

import { questions } from "../../api/client";
import type { Agent } from "../../api/types.gen";
import { useAnswer } from "../../state/answers";
import { useView } from "../../state/view";
import { useText } from "../../text";
import { CardTable } from "../../ui/CardTable";
import { Region } from "../../ui/States";

const LAMPS: Record<Agent["state"], string> = {
  runs: "",
  waits: "warn",
  stopped: "off",
  parked: "warn",
};

function Row({ agent }: { agent: Agent }) {
  const text = useText();
  const { format } = useView();
  const { agents } = text;
  return (
    <tr data-testid="agent" data-agent={agent.name}>
      <th scope="row">
        <span className="place">
          <span className="given">{agent.name}</span>
          <span className="where">{agent.custom ? agents.custom : agents.builtIn}</span>
        </span>
      </th>
      <td data-label={agents.state}>
        <span className="lamp-line">
          <i className={`lamp ${LAMPS[agent.state]}`} />
          {agents.states[agent.state]}
        </span>
        {agent.reason && <div className="worse">{agent.reason}</div>}
      </td>
      <td className={`number ${agent.behind === 0 ? "zero" : ""}`} data-label={agents.behind}>
        {format.count(agent.behind)}
      </td>
      <td className="number" data-label={agents.taken}>
        {format.count(agent.taken)}
      </td>
      <td
        className={`number ${agent.failures === 0 ? "zero" : "worse"}`}
        data-label={agents.failures}
      >
        {format.count(agent.failures)}
      </td>
    </tr>
  );
}

export function Agents() {
  const { agents } = useText();
  const { project } = useView();
  const answer = useAnswer(questions.agents({ projectId: project.id }));
  return (
    <section className="panel" aria-label={agents.table}>
      <div className="panel-head">
        <h2>{agents.table}</h2>
      </div>
      <Region answer={answer} scope={() => null} rows={4}>
        {({ rows }) => (
          <CardTable
            label={agents.table}
            columns={[
              { head: agents.name },
              { head: agents.state },
              { head: agents.behind, number: true },
              { head: agents.taken, number: true },
              { head: agents.failures, number: true },
            ]}
          >
            {rows.map((agent) => (
              <Row key={agent.name} agent={agent} />
            ))}
          </CardTable>
        )}
      </Region>
      <div className="note-line">{agents.caption}</div>
    </section>
  );
}
