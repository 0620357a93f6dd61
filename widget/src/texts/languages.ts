/** All languages. The build packs this module: the names of the texts stand in it once. */
import { ar } from "./ar";
import { de } from "./de";
import type { FullTexts } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { en } from "./full";
import { ja } from "./ja";
import { zh } from "./zh";

export const LANGUAGES: Record<string, FullTexts> = { en, de, fr, es, ar, zh, ja };
