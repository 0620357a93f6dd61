import { expect, test } from "vitest";
import {
  addressOf,
  adjusted,
  elsewhere,
  narrowedBy,
  parsePlace,
  projectPlace,
  refiltered,
} from "../src/lib/place";

const FULL =
  "#/hotspots?project=shop&from=1000&to=2000&page=%2Fa%26b%3Fc&device=phone&cohort=new&site=Wien&vs=none&open=%2Fa";

test("an address says the same after reading and writing it", () => {
  expect(addressOf(parsePlace(FULL))).toBe(FULL);
});

test("an empty address is the overview with its defaults, and stays short", () => {
  const place = parsePlace("");
  expect(place.page).toBe("overview");
  expect(place.filters.versus).toBe(true);
  expect(addressOf(place)).toBe("#/overview");
});

test.each([
  "#/nowhere",
  "#/../../etc",
  "#?x=1",
  "#/overview?from=9&to=3",
  "#/overview?from=-1&to=x",
])("%s is read without a period and as the overview", (hash) => {
  const place = parsePlace(hash);
  expect(place.page).toBe("overview");
  expect(place.filters.from).toBeNull();
  expect(place.filters.to).toBeNull();
});

test("a rolling period is one of those on offer", () => {
  expect(parsePlace("#/overview?period=7d").filters.period).toBe("7d");
  expect(parsePlace("#/overview?period=toString").filters.period).toBeNull();
  expect(parsePlace("#/overview?period=7d&from=1&to=2").filters.period).toBeNull();
});

test("filters stay when the page changes, what was opened does not", () => {
  const place = elsewhere(parsePlace(FULL), "journeys");
  expect(place.filters).toEqual(parsePlace(FULL).filters);
  expect(place.local).toEqual({});
});

test("other filters close what was opened and keep how it is shown", () => {
  const place = refiltered(parsePlace("#/hotspots?by=element&sort=dead_click&open=x"), {
    device: "phone",
  });
  expect(place.local).toEqual({ by: "element", sort: "dead_click" });
  expect(place.filters.device).toBe("phone");
});

test("another project leaves behind what the one before named", () => {
  const { filters } = projectPlace(parsePlace(FULL), "other");
  expect(filters).toMatchObject({
    project: "other",
    page: null,
    cohort: null,
    site: null,
    device: "phone",
  });
});

test("opening and closing undo each other", () => {
  const place = parsePlace("#/evidence");
  expect(adjusted(adjusted(place, { id: "x" }), { id: null })).toEqual(place);
});

test("filters that narrow are counted", () => {
  expect(narrowedBy(parsePlace(FULL).filters)).toBe(4);
  expect(narrowedBy(parsePlace("#/overview?project=shop").filters)).toBe(0);
});
