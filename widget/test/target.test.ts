import { beforeEach, describe, expect, it } from "vitest";
import { kindOf } from "../src/kind";
import { describe as fields, resolve, selector, type Target } from "../src/target";

/** Returns what an event on the element with the mark `data-x` concerns. */
function hit(html: string): Target | undefined {
  document.body.innerHTML = html;
  let target: Target | undefined;
  const hear = (event: Event) => {
    target = resolve(event);
  };
  document.addEventListener("ping", hear, { capture: true, once: true });
  document
    .querySelector("[data-x]")
    ?.dispatchEvent(new Event("ping", { bubbles: true, composed: true }));
  return target;
}

const told = (html: string) => selector((hit(html) as Target)._element);
const kind = (html: string) => kindOf(hit(html) as Target);

beforeEach(() => {
  document.body.replaceChildren();
});

describe("a selector", () => {
  it("stops at the nearest static id", () => {
    expect(told('<main id="pay"><div><button data-x class="btn"></button></div></main>')).toBe(
      'main#pay > div > button.btn[type="submit"]',
    );
  });

  it("holds no id with digits, no text, no value and no free attribute", () => {
    const html =
      '<a data-x id="order-42" href="mailto:ann@example.com" title="Ann" class="css-1q2w is-active link">Ann</a>';
    expect(told(html)).toBe("a.link");
  });

  it("leaves out classes that come and go, and only these", () => {
    expect(told('<button data-x class="btn--active btn-checked checkout opener"></button>')).toBe(
      'button.checkout.opener[type="submit"]',
    );
  });

  it("has at most 5 parts", () => {
    const html = `${"<section>".repeat(9)}<button data-x></button>`;
    expect(told(html).split(" > ")).toHaveLength(5);
  });

  it("tells siblings apart and keeps its first form", () => {
    const target = hit("<p><button></button><button data-x></button></p>") as Target;
    const before = selector(target._element);
    target._element.className = "later";
    expect(before).toContain(":nth-of-type(2)");
    expect(selector(target._element)).toBe(before);
  });

  it("belongs to the interactive ancestor, also out of an open shadow root", () => {
    document.body.innerHTML = '<button id="outer"><span></span></button>';
    const icon = document.querySelector("span") as HTMLElement;
    icon.attachShadow({ mode: "open" }).innerHTML = "<i></i>";
    let target: Target | undefined;
    const hear = (event: Event) => {
      target = resolve(event);
    };
    document.addEventListener("ping", hear, { capture: true, once: true });
    icon.shadowRoot?.firstChild?.dispatchEvent(
      new Event("ping", { bubbles: true, composed: true }),
    );
    expect(selector((target as Target)._element)).toBe("button#outer");
  });

  it("survives a form whose fields are named like its methods", () => {
    expect(
      told('<form data-x tabindex="0"><input name="matches"><input name="getAttribute"></form>'),
    ).toBe("form");
  });

  it("carries the analysts' name", () => {
    expect(
      fields((hit('<button data-x data-flowback-name="pay" id="p"></button>') as Target)._element),
    ).toEqual({
      target: "button#p",
      name: "pay",
    });
  });
});

describe("silence", () => {
  it("lies over whatever an ancestor asks to ignore", () => {
    expect(hit("<div data-flowback-ignore><button data-x></button></div>")).toBeUndefined();
  });
  it("lies over the widget itself", () => {
    expect(hit("<flowback-widget data-x></flowback-widget>")).toBeUndefined();
  });
});

describe("a kind", () => {
  it.each([
    ["<button data-x>Pay</button>", undefined],
    ["<button data-x>Preview</button>", undefined],
    ["<button data-x>+</button>", "stepper"],
    ['<button data-x aria-label="Decrease quantity">−</button>', "stepper"],
    ["<button data-x>Next page</button>", "pager"],
    ["<button data-x>›</button>", "pager"],
    ["<table role=grid><td role=gridcell><button data-x>14</button></td></table>", "pager"],
    ["<table role=grid><td role=gridcell><button data-x>Delete</button></td></table>", undefined],
    ["<input data-x>", "entry"],
    ["<div contenteditable><b data-x>x</b></div>", "entry"],
    ["<select data-x></select>", "picker"],
    ["<input type=date data-x>", "picker"],
    ["<video controls data-x></video>", "media"],
    ["<canvas data-x></canvas>", "canvas"],
    ['<a href="https://else.example/" data-x>go</a>', "outgoing"],
    ['<a href="/x" target="_blank" data-x>go</a>', "tab"],
    ['<a href="/x" target="_blank"><button id=b data-x>go</button></a>', "tab"],
    ['<a href="mailto:a@b.c" data-x>go</a>', "outgoing"],
    ['<a href="/x" download data-x>go</a>', "download"],
    ['<a href="/list.pdf" data-x>go</a>', "outgoing"],
    ['<a href="/x" data-x>go</a>', "link"],
    ['<a href="/x" target="_self" data-x>go</a>', "link"],
    ['<a href="/x"><button id=b data-x>go</button></a>', "link"],
    ['<a href="/x" data-x>Next</a>', "pager"],
    ['<a href="javascript:void 0" data-x>go</a>', "link"],
    ["<a data-x>go</a>", "inert"],
    ["<a onclick=x data-x>go</a>", undefined],
    ["<p data-x>text</p>", "inert"],
  ])("%s is %s", (html, expected) => {
    expect(kind(html)).toBe(expected);
  });

  it("is `key` for a click that the keyboard made", () => {
    const target = hit("<button data-x>Pay</button>") as Target;
    expect(kindOf(target, new MouseEvent("click", { detail: 0 }))).toBe("key");
    expect(kindOf(target, new MouseEvent("click", { detail: 1 }))).toBeUndefined();
  });
});
