/** The look of all surfaces, by the tokens of the dashboard; contrast as checked there. */

/**
 * Important rules within a shadow root win over the page's. Surface, text and focus are
 * the browser's own, so that dark and forced colours come by `color-scheme`; where
 * `light-dark` is unknown, text keeps its first rank.
 */
export const BASE = `:host{all:initial!important}
*{box-sizing:border-box;margin:0;font:inherit}
.x{position:fixed;inset:auto min(20px,2vw) 20px;width:auto;max-height:90%;padding:16px 20px;font:14px/20px system-ui;background:Canvas;border:1px solid #8886;border-radius:12px;box-shadow:0 4px 24px #0003}
button{background:none;border:1px solid #808a94;border-radius:8px;min-height:44px;padding:8px 16px}
button:hover{background:#8882}
button,h2{font-weight:600}
p{color:light-dark(#434e5a,#b3bdc7)}`;

export const BANNER = `.x{max-width:760px;margin:auto;display:flex;flex-wrap:wrap;gap:6px 24px;align-items:center}
div{flex:9 1 320px}
.r{flex:1 0 232px;display:grid;grid-template-columns:1fr 1fr;gap:8px}`;
