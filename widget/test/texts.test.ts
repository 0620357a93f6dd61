import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config";
import { wording } from "../src/texts";
import { ar } from "../src/texts/ar";
import { de } from "../src/texts/de";
import { es } from "../src/texts/es";
import { fr } from "../src/texts/fr";
import { en } from "../src/texts/full";
import { ja } from "../src/texts/ja";
import { zh } from "../src/texts/zh";

const languages = { en, de, fr, es, ar, zh, ja };
const config = (more: object) =>
  readConfig(
    { projectId: "p", key: "k", siteName: "Alpenhaus", ...more },
    "https://edge.example/flowback.js",
  );

describe("texts", () => {
  it.each(Object.entries(languages))(
    "%s says all that English says, with the same places to fill",
    (_, texts) => {
      const places = (text: string) => text.match(/\{\w+\}/g)?.sort() ?? [];
      for (const name of Object.keys(en) as (keyof typeof en)[]) {
        expect(texts[name].trim()).not.toBe("");
        expect(places(texts[name])).toEqual(places(en[name]));
      }
      expect(Object.keys(texts).sort()).toEqual(Object.keys(en).sort());
      expect(texts.question.length).toBeLessThanOrEqual(60);
    },
  );

  it("follow the configured language, then the page's", () => {
    document.documentElement.lang = "fr-CA";
    const options = config({});
    expect(options && wording(options, languages).language).toBe("fr");
    const german = config({ language: "de-AT" });
    expect(german && wording(german, languages).say("yes")).toBe("Ja");
    document.documentElement.lang = "";
  });

  it("give way to the site's own words, by language or for all", () => {
    const options = config({ language: "it", texts: { it: { yes: "Sì" }, no: "Nope" } });
    const words = options && wording(options, languages);
    expect(words?.say("yes")).toBe("Sì");
    expect(words?.say("no")).toBe("Nope");
    expect(words?.say("what")).toContain("Alpenhaus keeps it for 30 days");
  });
});

describe("the configuration", () => {
  it.each([
    ["the script's origin", {}, "https://edge.example"],
    ["a path behind the site's own server", { apiUrl: "/fb/" }, "http://shop.example/fb"],
    ["an address", { apiUrl: "http://127.0.0.1:8080" }, "http://127.0.0.1:8080"],
  ])("finds the edge at %s", (_, more, url) => {
    expect(config(more)?.apiUrl).toBe(url);
  });

  it("is refused without project or key", () => {
    expect(readConfig({ key: "k" }, "")).toBeNull();
    expect(readConfig({ projectId: "p" }, "")).toBeNull();
  });

  it("cannot ask more often than every 30 s", () => {
    expect(config({ throttleMs: 1 })?.throttleMs).toBe(30_000);
  });
});
