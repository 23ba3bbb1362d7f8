/** A page in one file: no script runs, nothing is fetched, and the figures are in it as JSON too. */

import { embedded, escaped } from './escape.ts';
import { patterns, STYLE } from './look.ts';

/** What the report itself does not say. */
export type About = {
  /** `puma infer`. */
  command: string;
  version: string;
  date: Date;
  /** `A CPU, 2 cores, 24.0 GB, node v20.1.0`. */
  machine: string;
};

export type Page = {
  title: string;
  about: About;
  /** HTML, part after part; those that have nothing to show are empty. */
  parts: readonly string[];
  /** What `--json` prints. */
  report: unknown;
};

/** Holds even if some text should get through unescaped: no script, no request. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function page({ title, about, parts, report }: Page): string {
  const { command, version, date, machine } = about;
  const day = `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="puma ${escaped(version)}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${patterns()}
<header>
<h1>${escaped(title)}</h1>
<p class="note"><code>${escaped(command)}</code> ${escaped(version)}, <time datetime="${date.toISOString()}">${day}</time><br>${escaped(machine)}</p>
</header>
<main>
${parts.filter((part) => part !== '').join('\n')}
</main>
<footer><p>All figures are in this file as the JSON that <code>--json</code> prints: the element with the id <code>report</code>.</p></footer>
<script type="application/json" id="report">${embedded(report)}</script>
</body>
</html>
`;
}

export const section = (title: string, ...parts: readonly string[]): string =>
  `<section>\n<h2>${escaped(title)}</h2>\n${parts.filter((part) => part !== '').join('\n')}\n</section>`;

export type Fact = { name: string; value: string; more?: string };

/** What matters most, in large letters. */
export const factList = (facts: readonly Fact[]): string =>
  `<dl class="facts">${facts
    .map(({ name, value, more }) => {
      const below = more === undefined ? '' : ` <small>${escaped(more)}</small>`;
      return `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}${below}</dd></div>`;
    })
    .join('\n')}</dl>`;
