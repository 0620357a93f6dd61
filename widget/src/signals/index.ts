/** All signals, in the order in which they begin to listen. */
import { clicks } from "./click";
import { errors } from "./error";
import { fields } from "./field";
import { hovers } from "./hover";
import { idles } from "./idle";
import { views } from "./nav";
import { pointers } from "./pointer";
import { scrolls } from "./scroll";
import { selections } from "./select";

/** `hovers` and `clicks` stand before `views`: what they report on a page's end goes with its last batch. */
export const SIGNALS: (() => void)[] = [
  idles,
  clicks,
  hovers,
  fields,
  selections,
  scrolls,
  pointers,
  errors,
  views,
];
