/** The script: the whole widget, or the core where the build leaves the other parts out. */
import { boot } from "./app";

boot();
