/** The look of all surfaces, by the tokens of the dashboard; contrast as checked there. */

const DARK =
  "color-scheme:dark;--s:#14191f;--k:#1d242c;--l:#35404b;--c:#6d7986;--t:#e9edf1;--u:#b3bdc7;--a:#6ccfcc;--b:#ff9f73;--up:#2b80cc;--co:#cfbff2;--do:#d95b24;--h:#000c";

/**
 * `all:initial!important` on the host: important rules within a shadow root win
 * over the page's. Letters name tokens: surface, hover (k), line, control, text,
 * text-2 (u), accent, bad, reactions, shadow (h).
 */
export const BASE = `:host{all:initial!important;position:fixed!important;inset:0!important;z-index:2147483647!important;pointer-events:none!important}
*{box-sizing:border-box;margin:0;font:inherit;color:inherit}
.x{color-scheme:light;--s:#fff;--k:#eff1f4;--l:#cdd3da;--c:#7f8a96;--t:#141a21;--u:#434e5a;--a:#0a6468;--b:#a83a10;--up:#2f8fd8;--co:#522a8c;--do:#d4551f;--h:#141a2133;
position:absolute;inset-block-end:20px;inset-inline:20px;max-height:calc(100% - 40px);overflow:auto;padding:16px 20px;pointer-events:auto;font:14px/20px system-ui,sans-serif;color:var(--t);background:var(--s);border:1px solid var(--l);border-radius:12px;box-shadow:0 4px 24px var(--h)}
.dark{${DARK}}
@media(prefers-color-scheme:dark){.auto{${DARK}}}
button{cursor:pointer;background:var(--s);border:1px solid var(--c);border-radius:8px;min-height:44px;padding:8px 16px;font-weight:600}
button:hover{background:var(--k)}
.n{all:unset;cursor:pointer;color:var(--a);text-decoration:underline;text-underline-offset:2px}
.n:hover{background:none}
:focus-visible{outline:2px solid var(--a);outline-offset:2px}
h2{font-weight:600}
p{color:var(--u)}
@media(prefers-reduced-motion:no-preference){.x{animation:i .16s cubic-bezier(.2,0,0,1)}@keyframes i{0%{opacity:0;transform:translateY(8px)}}}
@media(max-width:560px){.x.x{inset-inline:8px;inset-block-end:8px;width:auto;grid-template-columns:1fr}}
@media(forced-colors:active){*{border-color:ButtonText}}`;

export const BANNER = `.x{max-width:760px;margin-inline:auto;display:grid;grid-template-columns:1fr auto;gap:6px 24px;align-items:center}
.r{display:grid;grid-template-columns:1fr 1fr;gap:8px}
.r button{min-width:112px}`;
