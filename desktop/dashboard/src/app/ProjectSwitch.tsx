/** Which project is looked at; the demo says that it is one. */

import { projectPlace } from "../lib/place";
import { goTo } from "../state/place";
import { useView } from "../state/view";
import { useText } from "../text";
import { Icon } from "../ui/Icon";

export function ProjectSwitch() {
  const text = useText();
  const { place, project, projects, format } = useView();
  const note = project.demo ? text.project.demoNote : text.project.k(format.count(project.k));
  const shown = (
    <>
      <span className="project-name">
        <b>{project.name}</b>
        {project.demo && <span className="tag warn">{text.project.demo}</span>}
      </span>
      <small>
        {format.zone} · k = {format.count(project.k)}
      </small>
    </>
  );
  if (projects.length < 2) {
    return (
      <div className="project" title={note}>
        {shown}
      </div>
    );
  }
  return (
    <label className="project" title={note}>
      {shown}
      <Icon name="down" />
      <span className="vh">{text.project.label}</span>
      <select
        value={project.id}
        onChange={(event) => goTo(projectPlace(place, event.target.value))}
      >
        {projects.map(({ id, name, demo }) => (
          <option key={id} value={id}>
            {demo ? `${name} · ${text.project.demo}` : name}
          </option>
        ))}
      </select>
    </label>
  );
}
