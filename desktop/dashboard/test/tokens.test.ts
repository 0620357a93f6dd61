import { expect, test } from "vitest";
import css from "../src/tokens.css?raw";

/** Contrast as WCAG 2.2 computes it. */
const theme = (start: string): Map<string, string> => {
  const block = css.slice(css.indexOf(start), css.indexOf("}", css.indexOf(start)));
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/g)].map(([, name = "", hex = ""]) => [
      name,
      hex,
    ]),
  );
};
const light = theme(":root {");
const dark = theme('[data-theme="dark"]');

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const TEXT: [string, string[]][] = [
  ["text", ["canvas", "surface", "sunken", "hover", "accent-soft"]],
  ["text-2", ["canvas", "surface", "sunken", "hover", "accent-soft"]],
  ["text-3", ["canvas", "surface", "sunken", "hover", "accent-soft"]],
  ["accent-text", ["surface", "canvas", "accent-soft"]],
  ["bad-text", ["surface", "canvas", "accent-soft", "bad-soft"]],
  ["good-text", ["surface", "canvas", "accent-soft", "good-soft"]],
  ["warn-text", ["surface", "canvas", "warn-soft"]],
  ["on-accent", ["accent"]],
  ...[1, 2, 3, 4, 5].map((step): [string, string[]] => [`f${step}-ink`, [`f${step}`]]),
];
const SHAPES = ["control", "focus", "up", "confused", "down", "mark", "prev"];

test.each([
  ["light", light],
  ["dark", dark],
])("in the %s theme text reaches 4.5 and shapes reach 3", (_, tokens) => {
  const of = (name: string) => tokens.get(name) ?? "";
  for (const [text, grounds] of TEXT) {
    for (const ground of grounds) {
      expect(contrast(of(text), of(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  }
  for (const shape of SHAPES) {
    expect(contrast(of(shape), of("surface")), shape).toBeGreaterThanOrEqual(3);
  }
});
