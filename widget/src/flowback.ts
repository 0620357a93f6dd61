/** Everything: the core, the question, the panel, seven languages. */
import { boot } from "./app";
import { asker } from "./ask";
import { forget, log } from "./log";
import { applyRules } from "./rules";
import { ar } from "./texts/ar";
import { de } from "./texts/de";
import { es } from "./texts/es";
import { fr } from "./texts/fr";
import { en } from "./texts/full";
import { ja } from "./texts/ja";
import { zh } from "./texts/zh";
import { panel } from "./ui/panel";
import { prompt } from "./ui/prompt";

boot({
  languages: { en, de, fr, es, ar, zh, ja },
  question(flow, purposes, wording, open) {
    const asks = asker(flow, purposes, prompt(flow.config, wording, open));
    applyRules(flow, asks);
    return asks;
  },
  panel,
  log,
  forget,
});
