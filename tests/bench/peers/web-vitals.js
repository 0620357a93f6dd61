import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";

for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) {
  on((metric) => navigator.sendBeacon("/vitals", JSON.stringify(metric)));
}
