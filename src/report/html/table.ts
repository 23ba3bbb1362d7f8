/** Tables: every figure that a plot shows stands in one, with its exact value. */
import { escaped } from './escape.ts';

/** A text, a figure as people and as machines read it, or nothing. */
export type Cell = string | Figure | undefined;

export type Figure = {
  value: number;
  text: string;
};

export type HtmlTable = {
  caption: string;
  /** Titles, with units where cells do not name them; the first column names the row. */
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
  notes?: readonly string[];
};

/** Rows to be seen at once; the rest unfolds. */
const SHOWN = 40;

/** The id lets tests and links find it. */
export function htmlTable(id: string, { caption, columns, rows, notes = [] }: HtmlTable): string {
  const head = columns.map((title, c) => `<th scope="col"${right(rows, c)}>${escaped(title)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell, c) => htmlCell(cell, c)).join('')}</tr>`).join('\n');
  const table = `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(caption)}">
<table id="${escaped(id)}"><caption><span>${escaped(caption)}</span></caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
  const below = notes.map((note) => `<p class="note">${escaped(note)}</p>`).join('\n');
  if (rows.length <= SHOWN) return `${table}\n${below}`;
  return `<details><summary>${escaped(caption)}: ${rows.length} rows</summary>\n${table}\n</details>\n${below}`;
}

/** A column of figures stands at the right, its title too. */
const right = (rows: readonly (readonly Cell[])[], c: number): string =>
  rows.some((row) => typeof row[c] === 'object') ? ' class="number"' : '';

function htmlCell(cell: Cell, column: number): string {
  const inner =
    typeof cell === 'object'
      ? `<data value="${cell.value}">${escaped(cell.text)}</data>`
      : `<span dir="auto">${escaped(cell ?? '')}</span>`;
  if (column === 0) return `<th scope="row">${inner}</th>`;
  return `<td${typeof cell === 'object' ? ' class="number"' : ''}>${inner}</td>`;
}

/** A figure with the way it reads. What JSON cannot hold (NaN, infinity) comes as null. */
export const figure = (value: number | null | undefined, show: (value: number) => string): Figure | string =>
  typeof value === 'number' && Number.isFinite(value) ? { value, text: show(value) } : 'not a number';
