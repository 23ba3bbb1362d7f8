/** The kinds of plots that pages have. Rows go down, values to the right: so they fit a phone. */
import { fill } from './look.ts';
import { type Chart, chart, MARKS, Plot, roomFor, shortName, type Width } from './plot.ts';

const ROW = 24;
const AXIS = 46;

type Bare = { id: string; title: string };

export type Bar = {
  row: string;
  value: number;
  /** The fill of its series. */
  fill?: number;
};

export type Series = { name: string; fill: number };

export type Bars = Bare & {
  bars: readonly Bar[];
  /** Parts of a row, from left to right. */
  series?: readonly Series[];
  /** What the axis shows; its figures name their units. */
  unit: string;
  show(value: number): string;
  /** Rows under a common name: `group` of a row. */
  group?(row: string): string;
  /** The name of a row within its group. */
  name?(row: string): string;
};

/** Horizontal bars, stacked if there are series; the sum stands at the end of each. */
export function barChart({ id, title, bars, series = [], unit, show, group, name = (row) => row }: Bars): string {
  const all = [...new Set(bars.map(({ row }) => row))];
  const sums = all.map((row) => ({
    row,
    value: bars.filter((bar) => bar.row === row).reduce((sum, { value }) => sum + value, 0),
  }));
  const heads = group ? [...new Set(all.map(group))] : [];
  const rows = group ? heads.flatMap((head) => [head, ...all.filter((row) => group(row) === head)]) : all;
  const isHead = (row: string) => heads.includes(row);
  const draw = (width: Width): Plot.PlotOptions => {
    const marginLeft = roomFor(all.map(name), width);
    return {
      ...{ marginLeft, marginRight: 70, marginTop: 4, marginBottom: 36, height: AXIS + rows.length * ROW },
      x: axis(unit, show, width, Math.max(...sums.map(({ value }) => value))),
      y: { domain: rows, label: null, tickSize: 0, padding: 0.22, tickFormat: (row: string) => label(row, width) },
      marks: [
        Plot.barX(bars, {
          ...{ x: 'value', y: 'row', fill: (bar: Bar) => fill(bar.fill ?? 0) },
          title: (bar: Bar) => `${named(bar)}: ${show(bar.value)}`,
        }),
        Plot.text(sums, { x: 'value', y: 'row', text: (sum: Bar) => show(sum.value), textAnchor: 'start', dx: 5 }),
        Plot.ruleX([0]),
        Plot.text(heads, {
          ...{ y: (head: string) => head, frameAnchor: 'left', textAnchor: 'start', dx: 6 - marginLeft, dy: 3 },
          ...{ text: (head: string) => shortName(head, false), fontWeight: 600 },
          ...{ fill: 'currentColor', stroke: 'var(--page)', strokeWidth: 5 }, // the axis does not cross the letters
        }),
      ],
    };
  };
  const label = (row: string, { narrow }: Width) => (isHead(row) ? '' : shortName(name(row), narrow));
  const named = (bar: Bar) =>
    [name(bar.row), ...series.filter((one) => one.fill === bar.fill).map((one) => one.name)].join(', ');
  return chart({ id, title, legend: series, draw });
}

/** A few ticks, the last of them at or before the end of the longest bar. */
const axis = (unit: string, show: (value: number) => string, { narrow }: Width, most: number) => ({
  ...{ label: `${unit} →`, labelAnchor: 'right' as const, labelArrow: 'none' as const, grid: true },
  ...{ ticks: narrow ? 2 : 5, tickFormat: (value: number) => (value === 0 ? '0' : show(value)) },
  domain: [0, most > 0 ? most : 1],
});

export type Span = { name: string; from: number; to: number };

/** What follows what: a row for each span, from its beginning to its end. */
export function timeline({ id, title, spans, show }: Bare & { spans: readonly Span[]; show: Bars['show'] }): string {
  const end = Math.max(...spans.map(({ to }) => to));
  const draw = (width: Width): Plot.PlotOptions => ({
    ...{
      marginLeft: roomFor(
        spans.map(({ name }) => name),
        width,
      ),
      marginRight: 70,
    },
    ...{ marginTop: 4, marginBottom: 36, height: AXIS + spans.length * (spans.length > 16 ? 17 : ROW) },
    x: axis('time', show, width, end),
    y: {
      ...{ domain: spans.map(({ name }) => name), label: null, tickSize: 0, padding: 0.22 },
      tickFormat: (name: string) => shortName(name, width.narrow),
    },
    marks: [
      Plot.barX(spans, {
        x1: 'from',
        x2: 'to',
        y: 'name',
        fill: fill(0),
        title: (span: Span) => `${span.name}: ${show(span.to - span.from)}`,
      }),
      Plot.text(spans, {
        x: 'to',
        y: 'name',
        text: (span: Span) => show(span.to - span.from),
        textAnchor: 'start',
        dx: 5,
      }),
      Plot.ruleX([0]),
    ],
  });
  return chart({ id, title, draw });
}

/** Points of several lines: `line` tells them apart. */
export type Point = { x: number; y: number; line: number };

/** A line for each text, over its new tokens; a few of them have marks of their own. */
export function lineChart(
  options: Bare & { points: readonly Point[]; lines: readonly string[]; x: string; y: string; show: Bars['show'] },
): string {
  const { id, title, points, lines, x, y, show } = options;
  const told = lines.length > 1 && lines.length <= MARKS.length;
  const mark = (line: number) => (told ? MARKS[line]! : 'circle');
  const draw: Chart['draw'] = ({ narrow }) => ({
    ...{ marginLeft: 66, marginRight: 16, marginTop: 26, marginBottom: 38, height: narrow ? 210 : 250 },
    x: {
      ...{ label: `${x} →`, labelArrow: 'none', labelAnchor: 'right', inset: 8 },
      ...{ ticks: wholeTicks(points, narrow), tickFormat: 'd' },
    },
    y: {
      ...{ label: `↑ ${y}`, labelArrow: 'none', grid: true, zero: true, ticks: 5 },
      tickFormat: (value: number) => (value === 0 ? '0' : show(value)),
    },
    marks: [
      Plot.ruleY([0]),
      Plot.line(points, { x: 'x', y: 'y', z: 'line', stroke: 'var(--fill0)', strokeWidth: 1.5 }),
      Plot.dot(points, {
        ...{ x: 'x', y: 'y', r: 3.5, stroke: 'currentColor' },
        fill: (point: Point) => (mark(point.line) === 'circle' ? 'var(--page)' : 'currentColor'),
        symbol: (point: Point) => mark(point.line),
        title: (point: Point) => `${lines[point.line]}, ${x} ${point.x}: ${show(point.y)}`,
      }),
    ],
  });
  const legend = told ? lines.map((name, line) => ({ name, symbol: mark(line) })) : [];
  return chart({ id, title, legend, draw });
}

function wholeTicks(points: readonly Point[], narrow: boolean): number[] {
  const most = Math.max(...points.map(({ x }) => x));
  const step = Math.ceil(most / (narrow ? 6 : 12));
  return Array.from({ length: Math.floor(most / step) }, (_, i) => (i + 1) * step);
}
