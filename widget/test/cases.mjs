/** The conformance cases that concern the widget's own rules (tests/data/SOURCES.md). */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const data = join(dirname(fileURLToPath(import.meta.url)), "../../tests/data");
const { cases } = JSON.parse(readFileSync(join(data, "frustration_cases.json"), "utf8"));

export const eligibility = cases.filter(({ detector }) => detector === "prompt_eligibility");
