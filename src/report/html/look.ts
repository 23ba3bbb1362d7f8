/** How a page looks: on a phone, on a wide screen, on paper; light and dark. */

/** One colour and one pattern for each place in a legend: whoever sees no colours sees the patterns. */
export const FILLS = 8;

export const fill = (i: number): string => `url(#fill${i % FILLS})`;

const LIGHT = ['#2f6db3', '#c25a00', '#1b7f5c', '#9c4a83', '#8a6d00', '#3a7f94', '#a8323e', '#6b6b6b'];
const DARK = ['#7db4ee', '#f5a35c', '#5fcfa4', '#dc94c4', '#dcc04f', '#7cc7dd', '#f08a94', '#b0b0b0'];

/** What is drawn over the colour, in a tile of 8 by 8. */
const PATTERNS = [
  '',
  '<path d="M-2 2L2 -2M0 8L8 0M6 10L10 6"/>',
  '<circle cx="2" cy="2" r="1.2"/><circle cx="6" cy="6" r="1.2"/>',
  '<path d="M-2 6L2 10M0 0L8 8M6 -2L10 2"/>',
  '<path d="M0 4H8"/>',
  '<path d="M4 0V8"/>',
  '<path d="M0 4H8M4 0V8"/>',
  '<path d="M0 8L8 0M0 0L8 8"/>',
];

/** Defines the patterns once for all plots of a page. */
export const patterns = (): string =>
  `<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>${PATTERNS.map(
    (drawing, i) =>
      `<pattern id="fill${i}" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="var(--fill${i})"/><g stroke="var(--page)" stroke-width="1.4" fill="none">${drawing}</g></pattern>`,
  ).join('')}</defs></svg>`;

const colours = (list: readonly string[]): string => list.map((colour, i) => `--fill${i}:${colour}`).join(';');

export const STYLE = `
:root{color-scheme:light;--page:#fff;--ink:#1b1f24;--faint:#57606a;--line:#d0d7de;--soft:#f3f5f7;--good:#176b3a;--bad:#b3261e;${colours(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--page:#14171b;--ink:#e6e9ec;--faint:#a3adb8;--line:#3a424b;--soft:#1d2228;--good:#6fd398;--bad:#ff9d94;${colours(DARK)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:50rem;padding:1rem .75rem 3rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
p{margin:.5rem 0}
.note,figcaption,caption,footer{color:var(--faint);font-size:.875rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.5rem;margin:1rem 0;padding:0}
.facts div{border:1px solid var(--line);border-radius:.4rem;background:var(--soft);padding:.5rem .65rem}
.facts div:first-child{grid-column:span 2}
.facts dt{color:var(--faint);font-size:.8rem}
.facts dd{margin:0;font-size:1.15rem;font-weight:600}
.facts dd small{display:block;font-size:.8rem;font-weight:400;color:var(--faint)}
figure{margin:1rem 0;break-inside:avoid}
figure .plot{display:block;max-width:100%;height:auto;overflow:visible;font-size:12px}
figure .wide{display:none}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:.25rem 0 .5rem;padding:0;font-size:.875rem}
.legend svg{display:inline-block;vertical-align:-.15em;margin-right:.4em}
.patterns{position:absolute}
.scroll{overflow-x:auto;margin:.5rem 0;max-width:100%}
.scroll:focus-visible{outline:2px solid var(--fill0);outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;min-width:min(100%,20rem)}
caption{text-align:left;padding-bottom:.25rem}
caption span{display:block;position:sticky;left:0;max-width:calc(100vw - 1.75rem)}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:normal}
th:first-child,td:first-child{padding-left:0}
tbody th{font-weight:400;min-width:6.5rem;max-width:26rem;overflow-wrap:anywhere;white-space:pre-wrap}
td span{display:block;min-width:5.25rem;overflow-wrap:anywhere;white-space:pre-wrap}
td span:empty{display:none}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
thead .number{white-space:normal}
summary{cursor:pointer;font-size:.875rem}
.good{color:var(--good)}.bad{color:var(--bad)}
@media (min-width:46rem),print{body{padding-left:1.5rem;padding-right:1.5rem}figure .narrow{display:none}figure .wide{display:block}}
@media screen and (max-width:30rem){table{font-size:.8125rem;min-width:100%}th,td{padding:.3rem .3rem}tbody th{min-width:4.5rem}}
@media print{@page{margin:14mm}body{max-width:none;padding:0;font-size:10pt}.scroll{overflow:visible}tr{break-inside:avoid}h2{break-after:avoid}table{font-size:8pt}th,td{padding:.2rem .35rem}details::details-content{content-visibility:visible;block-size:auto}}
`;
