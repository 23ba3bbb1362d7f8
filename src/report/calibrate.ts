import { type Column, type Style, table } from './text.ts';
import { bytes, count, seconds } from './units.ts';

type Range = { least?: number; most: number };

/** A place of the model that a ring binds; `room` in bits, null when nothing came near. */
export type SiteRow = { site: string; range: Range; bound: Range; room: number | null };

/** A ring: its bits, its fractional bits, and n where it holds values below 2^n. */
type Capacity = { bits?: number; frac?: readonly number[]; below?: number };

export type ChangeRow = { site: string; default: Capacity; plan: Capacity };

type Price = { bytes: number; rounds: number; seconds: number };

/** What `puma calibrate --json` prints. */
export type CalibrateReport = {
  model: string;
  /** Of the checkpoint. */
  digest: string;
  data: { file: string; texts: number; tokens: number; cut: number };
  /** Values may become 2^margin times as large as on these texts. */
  margin: number;
  /** With the rings of the plan, tightest first. */
  sites: SiteRow[];
  /** Places that the default rings do not hold on these texts. */
  broken: string[];
  changed: ChangeRow[];
  /** Of an answer to a text of so many tokens; seconds are an estimate. */
  price: { tokens: number; padded: boolean; default: Price; plan: Price };
  /** All rings of the plan. */
  ring: unknown;
  file: string;
  seconds: number;
};

/** Of so many places. */
const SHOWN = 10;

const right = (title: string): Column => ({ title, right: true });

export function describeCalibration(report: CalibrateReport, style: Style): string {
  const { model, data, margin, sites, file } = report;
  const cut = data.cut > 0 ? `; ${count(data.cut, 'text')} cut to what the model takes` : '';
  return [
    `${style.strong(model)} on ${count(data.texts, 'text')}, ${count(data.tokens, 'token')} of ${data.file}${cut}`,
    '',
    table(
      [
        { title: `tightest of ${count(sites.length, 'place')}`, style: style.strong },
        ...['smallest', 'largest', 'plan holds', 'room'].map(right),
      ],
      sites.slice(0, SHOWN).map(siteCells),
      style,
    ),
    '',
    ...changes(report, style),
    '',
    prices(report, style),
    '',
    ...defaultRings(report, style),
    `Head room: ${count(margin, 'bit')}. Values may become ${2 ** margin} times as large as on these texts.`,
    `Written to ${file}`,
  ].join('\n');
}

function siteCells({ site, range, bound, room }: SiteRow): string[] {
  const least = range.least === undefined ? '' : figure(range.least);
  const holds =
    bound.least === undefined ? `< ${figure(bound.most)}` : `${figure(bound.least)} .. ${figure(bound.most)}`;
  return [site, least, figure(range.most), holds, room === null ? 'all' : `${room.toFixed(1)} bits`];
}

/** A row for each kind of place. */
function changes({ changed }: CalibrateReport, style: Style): string[] {
  if (changed.length === 0) return ['The plan has the default rings.'];
  const kinds = new Map<string, ChangeRow[]>();
  for (const row of changed) {
    const kind = row.site.replace(/^layer\.\d+\./, '');
    kinds.set(kind, [...(kinds.get(kind) ?? []), row]);
  }
  const rows = [...kinds].map(([kind, rows]) => [
    kind,
    heldBy(rows.map((row) => row.default)),
    heldBy(rows.map((row) => row.plan)),
  ]);
  return [table([{ title: 'changed' }, { title: 'default' }, { title: 'plan' }], rows, style)];
}

/** `Z_2^41..43, 18 and 18, below 2^3..5`: of several layers, from the least to the most. */
function heldBy(all: readonly Capacity[]): string {
  const span = (values: readonly (number | undefined)[]) => {
    const [least, most] = [Math.min(...(values as number[])), Math.max(...(values as number[]))];
    return least === most ? `${least}` : `${least}..${most}`;
  };
  const { bits, frac, below } = all[0]!;
  const fractions = frac?.map((_, i) => span(all.map((one) => one.frac![i])));
  return [
    ...(bits === undefined ? [] : [`Z_2^${span(all.map((one) => one.bits))}`]),
    ...(fractions ? [`${fractions.join(' and ')}${bits === undefined ? ' fractional bits' : ''}`] : []),
    ...(below === undefined ? [] : [`below 2^${span(all.map((one) => one.below))}`]),
  ].join(', ');
}

function prices({ price }: CalibrateReport, style: Style): string {
  const { tokens, padded, default: before, plan } = price;
  const row = (name: string, of: (price: Price) => number, show: (n: number) => string) => {
    return [name, show(of(before)), show(of(plan)), (of(plan) / of(before)).toFixed(2)];
  };
  return table(
    [{ title: `${padded ? 'padded to ' : ''}${count(tokens, 'token')}` }, ...['default', 'plan', 'ratio'].map(right)],
    [
      row('traffic', (price) => price.bytes, bytes),
      row('rounds', (price) => price.rounds, String),
      row('time, about', (price) => price.seconds, seconds),
    ],
    style,
  );
}

function defaultRings({ broken }: CalibrateReport, style: Style): string[] {
  if (broken.length === 0) return [];
  const more = broken.length > 1 ? ` and ${count(broken.length - 1, 'other place')}` : '';
  return [style.bad(`The default rings do not hold ${broken[0]}${more}; those of the plan do.`)];
}

/** Three digits: 0.00123, 24.1, 16384; powers of two as they are. */
function figure(x: number): string {
  if (x >= 1e6 || (x > 0 && x < 1e-3)) return x.toExponential(1);
  return String(Number(x.toPrecision(x >= 100 ? 5 : 3)));
}
