/** The look of what the core does not have: the question and the panel. */

const CLOSE = `.c{position:absolute;inset-block-start:2px;inset-inline-end:2px;width:44px;padding:0;border:0;background:none;color:var(--u);display:grid;place-items:center}
svg{fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round;width:16px}`;

export const PROMPT = `${CLOSE}
.x{width:320px;padding:14px 16px;inset-inline-start:auto}
.x.start{inset-inline:20px auto}
.x.top{inset-block:20px auto}
@media(max-width:560px){.x.x.top{inset-block:8px auto}}
h2{padding-inline-end:28px}
.r{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:8px;margin-top:12px}
.r button{height:64px;padding:0 2px;border-color:var(--l);display:grid;justify-items:center;align-content:center;gap:4px;font-weight:400;font-size:13px;line-height:18px}
.r button:hover{border-color:var(--c)}
.r svg{width:22px}
.w{margin-top:10px;font-size:12px;line-height:16px}
textarea{width:100%;height:64px;margin:8px 0;padding:8px;resize:none;background:var(--s);border:1px solid var(--c);border-radius:8px;display:block}
::placeholder{color:var(--u);opacity:1}
.l{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}`;

export const PANEL = `${CLOSE}
.x{width:376px;padding:0 0 16px;inset-inline-start:auto}
h2{font-size:16px;line-height:24px;padding:14px 16px 0;padding-inline-end:48px}
p{padding:2px 16px 10px}
ul{padding:0;list-style:none;font-size:13px}
li{display:flex;justify-content:space-between;padding:7px 16px;border-top:1px solid var(--l)}
b{font-weight:600}
.g{display:grid;gap:8px;padding:12px 16px 0;border-top:1px solid var(--l);justify-items:start}
.g [data-action=erase],.g [data-action=stop]{width:100%}
.d{color:var(--b);border-color:var(--b)}
pre{max-height:200px;overflow:auto;padding:8px 16px;border-top:1px solid var(--l);font:12px/16px monospace;white-space:pre-wrap;overflow-wrap:anywhere}
code{display:block;overflow-wrap:anywhere;user-select:all}`;
