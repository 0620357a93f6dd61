/**
 * A surface: one box of the widget over the page, in a shadow root of its own in
 * the top layer. Made with DOM methods and a constructed style sheet only, so that
 * strict `style-src` and `require-trusted-types-for` have nothing to refuse.
 *
 * The root is open: page styles cannot get in either way, nothing in it is secret,
 * and assistive technology, browser extensions and tests can reach it.
 */
import type { Config } from "../config";
import { guard } from "../safe";
import { HOST } from "../target";
import type { Wording } from "../texts";
import { BASE } from "./style";

type Children = (Node | string)[];

/** Makes an element with attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  ...children: Children
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
  ...children: Children
): HTMLButtonElement {
  const el = make("button", { type: "button", ...attributes }, ...children);
  el.onclick = guard(press);
  return el;
}

/** Shows `box` as the surface `name`; returns how to close it. It takes no focus and gives back what it had. */
export function surface(
  name: "banner" | "prompt" | "panel",
  box: HTMLElement,
  css: string,
  { promptTheme }: Config,
  { language }: Wording,
): () => void {
  // The page's scripts and tests may know which surface it is; the widget silences itself.
  const host = make(HOST as "div", { "data-flowback": name, popover: "manual" });
  const root = host.attachShadow({ mode: "open" });
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(BASE + css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(make("style", {}, BASE + css));
  }
  box.classList.add("x", promptTheme);
  box.lang = language;
  box.dir = /^(ar|fa|he|ur)$/.test(language) ? "rtl" : "ltr";
  root.append(box);
  let before: HTMLElement | undefined;
  box.addEventListener("focusin", ({ relatedTarget }) => {
    if (relatedTarget && !root.contains(relatedTarget as Node))
      before = relatedTarget as HTMLElement;
  });
  document.body.append(host);
  // An engine without popovers: the highest z-index has to do.
  guard(() => host.showPopover())();
  return () => {
    const focused = root.activeElement;
    host.remove();
    if (focused) before?.focus({ preventScroll: true });
  };
}
