/** The core: consent, banner in English, queue, all signals. No question, no panel. */
import { boot } from "./app";
import { en } from "./texts/en";

boot({ languages: { en } });
