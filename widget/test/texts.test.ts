import { describe, expect, it } from "vitest";
import { type Config, config, configure } from "../src/config";
import { texts } from "../src/texts";
import { en } from "../src/texts/full";
import { LANGUAGES } from "../src/texts/languages";
import { say } from "../src/ui/surface";

const set = (more: object) =>
  configure(
    { projectId: "p", key: "k", siteName: "Alpenhaus", ...more } as Config,
    "https://edge.example/flowback.js",
  );

describe("texts", () => {
  it.each(Object.entries(LANGUAGES))(
    "%s says all that English says, with the same places to fill",
    (_, words) => {
      const places = (text: string) => text.match(/\{\w+\}/g)?.sort() ?? [];
      for (const name of Object.keys(en) as (keyof typeof en)[]) {
        expect(words[name].trim()).not.toBe("");
        // The build packs the texts with this between them.
        expect(words[name]).not.toContain("|");
        expect(places(words[name])).toEqual(places(en[name]));
      }
      expect(Object.keys(words).sort()).toEqual(Object.keys(en).sort());
      expect(words.question.length).toBeLessThanOrEqual(60);
    },
  );

  it("follow the configured language, then the page's", () => {
    document.documentElement.lang = "fr-CA";
    set({});
    expect(texts()[1]).toBe("fr");
    set({ language: "de-AT" });
    expect(say("yes")).toBe("Ja");
    document.documentElement.lang = "";
  });

  it("give way to the site's own words, by language or for all", () => {
    set({ language: "it", texts: { it: { yes: "Sì" }, no: "Nope" } });
    expect(say("yes")).toBe("Sì");
    expect(say("no")).toBe("Nope");
    expect(say("what")).toContain("Alpenhaus keeps it for 30 days");
  });
});

describe("the configuration", () => {
  it.each([
    ["the script's origin", {}, "https://edge.example"],
    ["a path behind the site's own server", { apiUrl: "/fb/" }, "http://shop.example/fb"],
    ["an address", { apiUrl: "http://127.0.0.1:8080" }, "http://127.0.0.1:8080"],
  ])("finds the edge at %s", (_, more, url) => {
    expect(set(more)).toBe(true);
    expect(config.apiUrl).toBe(url);
  });

  it("is refused without project or key", () => {
    expect(configure({ key: "k" })).toBe(false);
    expect(configure({ projectId: "p" })).toBe(false);
  });

  it("cannot ask more often than every 30 s", () => {
    set({ throttleMs: 1 });
    expect(config.throttleMs).toBe(30_000);
  });
});
