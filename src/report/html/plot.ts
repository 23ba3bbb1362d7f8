/** One plot as SVG, drawn twice: for phones and for everything wider. CSS shows one of them. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { oneLine } from '../text.ts';
import { escaped } from './escape.ts';
import { fill } from './look.ts';

export { Plot };

export type Width = { width: number; narrow: boolean };

const WIDTHS: readonly Width[] = [
  { width: 330, narrow: true },
  { width: 700, narrow: false },
];

export type Chart = {
  id: string;
  /** What is plotted, in which unit: also what is read out. */
  title: string;
  /** Names beside their patterns. */
  legend?: readonly Entry[];
  draw(width: Width): Plot.PlotOptions;
};

export type Entry = { name: string; fill?: number; symbol?: Mark };

export const MARKS = ['circle', 'triangle', 'square', 'diamond'] as const;
type Mark = (typeof MARKS)[number];

const SHAPES: Record<Mark, string> = {
  circle: '<circle cx="7" cy="7" r="4.5"/>',
  triangle: '<path d="M7 2L12.5 12H1.5Z"/>',
  square: '<path d="M2.5 2.5H11.5V11.5H2.5Z"/>',
  diamond: '<path d="M7 1L12 7L7 13L2 7Z"/>',
};

export function chart({ id, title, legend = [], draw }: Chart): string {
  const drawings = WIDTHS.map((width) => {
    const { document } = parseHTML('<html><body></body></html>');
    const options = draw(width);
    const marginLeft = options.marginLeft ?? 50;
    const svg = Plot.plot({
      ...{ document, width: width.width, className: 'plot', ariaLabel: title, marginLeft },
      ...options,
      style: { fontSize: '12px', background: 'none' },
    });
    svg.setAttribute('role', 'img');
    svg.setAttribute('class', `plot ${width.narrow ? 'narrow' : 'wide'}`);
    for (const style of svg.querySelectorAll('style')) style.remove();
    return svg.outerHTML;
  });
  const names = legend.length > 0 ? `<ul class="legend">${legend.map(entry).join('')}</ul>` : '';
  return `<figure id="${escaped(id)}">\n<figcaption>${escaped(title)}</figcaption>\n${names}${drawings.join('\n')}\n</figure>`;
}

function entry({ name, fill: i, symbol }: Entry): string {
  const shape =
    symbol === undefined
      ? `<rect width="14" height="14" fill="${fill(i ?? 0)}"/>`
      : `<g stroke="currentColor" stroke-width="1.5" fill="${symbol === 'circle' ? 'none' : 'currentColor'}">${SHAPES[symbol]}</g>`;
  return `<li><svg width="14" height="14" aria-hidden="true">${shape}</svg>${escaped(name)}</li>`;
}

/** Room for the names of rows, in pixels at 12px letters. */
export const roomFor = (names: readonly string[], { narrow }: Width): number =>
  Math.min(narrow ? 130 : 230, 14 + 7.2 * Math.max(2, ...names.map((name) => shortName(name, narrow).length)));

/** A name that fits the room: what is cut is its middle, for `bert-base-uncased, 128 *` ends with what matters. */
export function shortName(name: string, narrow: boolean): string {
  const room = narrow ? 17 : 32;
  const letters = [...oneLine(name, 1000)];
  if (letters.length <= room) return letters.join('');
  const end = Math.floor(room / 2);
  return `${letters.slice(0, room - 1 - end).join('')}…${letters.slice(-end).join('')}`;
}
