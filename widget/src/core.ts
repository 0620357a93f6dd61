/** The core: consent, banner in English, queue, all signals, throttle. No question, no panel. */
import { boot } from "./app";
import { config } from "./config";
import { en } from "./texts/en";

boot({ _texts: () => [{ ...en, ...config.texts }, "en"] });
