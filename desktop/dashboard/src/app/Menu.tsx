/** The menu at the side; beside an entry stands what wants to be looked at, and nothing blinks. */

import { useView } from "../state/view";
import { useText } from "../text";
import { Icon } from "../ui/Icon";
import { Link } from "../ui/Link";
import { ROUTES } from "./routes";

export function Menu({ behind, rising }: { behind: number; rising: number }) {
  const text = useText();
  const { place, format } = useView();
  const item = ({ page, icon }: (typeof ROUTES)[number]) => (
    <li key={page}>
      <Link
        to={page}
        className={`menu-item ${page === place.page ? "current" : ""}`}
        title={text.pages[page]}
      >
        <Icon name={icon} />
        <span className="wide">{text.pages[page]}</span>
        {page === "sites" && behind > 0 && (
          <span className="menu-count wide">
            {format.count(behind)} {text.sites.states.behind}
          </span>
        )}
        {page === "insights" && rising > 0 && (
          <span className="menu-count wide" role="status" data-testid="rising">
            {text.insights.risingCount(format.count(rising))}
          </span>
        )}
        {page === place.page && <span className="vh">•</span>}
      </Link>
    </li>
  );
  return (
    <>
      <ul>{ROUTES.filter(({ menu }) => menu === "first").map(item)}</ul>
      <ul>{ROUTES.filter(({ menu }) => menu === "second").map(item)}</ul>
    </>
  );
}
