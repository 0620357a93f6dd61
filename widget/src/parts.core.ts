/** The core has consent, the banner in English, the queue, all signals and the throttle; none of these. */
import { config } from "./config";
import { en } from "./texts/en";

export const texts = () => [{ ...en, ...config.texts }, "en"];

export const allowed = undefined;
export const ask = undefined;
export const banner = undefined;
export const begin = undefined;
export const heard = undefined;
export const hover = undefined;
export const log = undefined;
export const panel = undefined;
export const platform = undefined;
export const sha256 = undefined;
export const silent = undefined;
