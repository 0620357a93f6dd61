/** Icons as strokes on a 16 by 16 field. */

const SVG = "http://www.w3.org/2000/svg";

const THUMB =
  "M5 7v6.5M5 7l2.5-5c1.2 0 1.8.9 1.6 2L8.7 6.5h3.6c.9 0 1.5.8 1.3 1.7l-.9 4c-.2.8-.8 1.3-1.6 1.3H2.5V7H5";
/** A face with one raised brow and a slanted mouth. */
const FACE =
  "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM5.6 7.3v.4M10.4 7.3v.4M9.3 4.9q1.2-.7 2.2.1M5.8 11.2q2.2-1.9 4.6-.6";

/** The icon of an answer, for sighted eyes; the word beside it says the same. */
export function icon(answer: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", /^t/.test(answer) ? THUMB : FACE);
  svg.append(path);
  return svg;
}
