/** Everything: the core, the question, the panel, seven languages. */
import { boot } from "./app";
import { whole } from "./whole";

boot(whole);
