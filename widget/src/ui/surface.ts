/**
 * A surface: one box of the widget over the page, in a shadow root of its own and in
 * the top layer. Made with DOM methods and a constructed style sheet only, so that
 * strict `style-src` and `require-trusted-types-for` have nothing to refuse.
 *
 * The root is open: page styles cannot get in either way, nothing in it is secret,
 * and assistive technology, browser extensions and tests can reach it.
 */
import { config } from "../config";
import * as parts from "../parts";
import { guard } from "../safe";
import { HOST } from "../target";
import type { FullTexts } from "../texts/en";
import { BASE } from "./style";

/** Makes an element with attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  for (const name in attributes) el.setAttribute(name, attributes[name] as string);
  el.append(...children);
  return el;
}

/** Makes a button that calls `press`, which never throws into the page. */
export function button(
  attributes: Record<string, string>,
  press: () => unknown,
  ...children: (Node | string)[]
): HTMLButtonElement {
  const el = make("button", { type: "button", ...attributes }, ...children);
  el.onclick = guard(press);
  return el;
}

/** Says `name` in the visitor's language, with the site's name and days filled in. */
export function say(name: keyof FullTexts): string {
  const [texts] = parts.texts();
  return `${texts[name]}`
    .replace("{site}", config.siteName || location.hostname)
    .replace("{days}", `${config.retentionDays || 30}`);
}

/** Shows `box` as the surface `name`; returns how to close it. It takes no focus and gives back what it had. */
export function surface(
  name: "banner" | "prompt" | "panel" | "button",
  box: HTMLElement,
  css: string,
): () => void {
  // The page's scripts and tests may know which surface it is; the widget silences itself.
  const host = make(HOST as "div", { "data-flowback": name });
  const root = host.attachShadow({ mode: "open" });
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(BASE + css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(make("style", {}, BASE + css));
  }
  const lang = parts.texts()[1];
  Object.assign(box, { className: "x", lang, dir: "auto", popover: "manual" });
  box.style.colorScheme = config.promptTheme.replace("auto", "light dark");
  root.append(box);
  // Only a focus that comes from the page is heard of out here.
  let before: HTMLElement | null = null;
  host.addEventListener("focusin", ({ relatedTarget }) => {
    before = relatedTarget as HTMLElement | null;
  });
  document.body.append(host);
  // An engine without popovers: the highest z-index has to do.
  guard(() => box.showPopover())();
  return () => {
    const focused = root.activeElement;
    host.remove();
    if (focused) before?.focus({ preventScroll: true });
  };
}
