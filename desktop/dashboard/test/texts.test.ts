import { expect, test } from "vitest";
import { loadSpeech } from "../src/text";
import { de } from "../src/text/de";
import { en } from "../src/text/en";

type Tree = { [key: string]: unknown };

function leaves(tree: Tree, path = ""): [string, unknown][] {
  return Object.entries(tree).flatMap(([key, value]): [string, unknown][] =>
    typeof value === "object" && value !== null
      ? leaves(value as Tree, `${path}${key}.`)
      : [[path + key, value]],
  );
}

test("German says all that English says, and nothing else", () => {
  const kinds = (tree: Tree) =>
    leaves(tree)
      .map(([path, value]) => `${path}: ${typeof value}`)
      .sort();
  expect(kinds(de)).toEqual(kinds(en));
});

test("no text is empty, and none says n/a or oops", () => {
  for (const [path, value] of [...leaves(en), ...leaves(de)]) {
    const said = typeof value === "function" ? String(value("x", "y", "z")) : String(value);
    expect(said.trim(), path).not.toBe("");
    expect(said, path).not.toMatch(/\bn\/a\b|oops/i);
  }
});

test("the language follows the reader, numbers the reader's country", async () => {
  expect(await loadSpeech(["de-AT", "en"])).toMatchObject({ language: "de", locale: "de-AT" });
  expect(await loadSpeech(["fr-FR", "en-GB"])).toMatchObject({ language: "en", locale: "en-GB" });
  expect(await loadSpeech(["C"])).toMatchObject({ language: "en", locale: "en" });
});
