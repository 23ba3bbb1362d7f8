/** A run of `puma bench` beside one that was saved. */
import { type BenchReport, caseName, hasRun } from '../bench/report.ts';
import { duration, threeDigits } from './bench-units.ts';
import type { Section } from './sections.ts';

type Spread = { median: number; min: number; max: number };

/** Something that took time in both runs: kernels as seconds for a unit of work. */
type Pair = { name: string; before: Spread; now: Spread; show(value: number): string };

export type Verdict = 'slower' | 'faster' | '';

/** Slower or faster by more than the runs differ among themselves. */
export function verdict(before: Spread, now: Spread): Verdict {
  const spread = Math.max(before.max - before.min, now.max - now.min);
  const change = now.median - before.median;
  if (Math.abs(change) <= spread) return '';
  return change > 0 ? 'slower' : 'faster';
}

/** What is in both; `saved` is the name of the file. */
export function againstSection(now: BenchReport, before: BenchReport, saved: string): Section {
  const pairs = pairsOf(now, before);
  const rows = pairs.map(({ name, before, now, show }) => [
    name,
    show(before.median),
    show(now.median),
    (now.median / before.median).toFixed(2),
    verdict(before, now),
  ]);
  const slower = rows.filter((row) => row.at(-1) === 'slower').length;
  return {
    title: `Against ${saved}`,
    columns: [
      { title: '' },
      { title: 'saved', right: true },
      { title: 'now', right: true },
      { title: 'ratio', right: true },
      { title: '' },
    ],
    rows,
    notes: [
      ...differences(now, before),
      rows.length === 0
        ? 'The saved run has nothing of this one.'
        : `${slower} of ${rows.length} slower. Ratio: time now by time then. Slower and faster: by more than the largest spread, max - min, of the two.`,
    ],
  };
}

function pairsOf(now: BenchReport, before: BenchReport): Pair[] {
  const cases = match(
    now.cases.filter(hasRun),
    before.cases.filter(hasRun),
    (one) => `${caseName(one)}${one.extrapolatedFromLayers ? ` * from ${one.extrapolatedFromLayers.join(', ')}` : ''}`,
  );
  const protocols = match(now.protocols, before.protocols, ({ name, elements }) => `${name}, ${elements} elements`);
  const kernels = match(now.kernels, before.kernels, (one) => `${one.name}, ${one.simd}, threads: ${one.threads}`);
  return [
    ...[...cases, ...protocols].map(([name, a, b]) => ({ name, before: a.seconds, now: b.seconds, show: duration })),
    ...kernels.map(([name, a, b]) => {
      const show = (time: number) => `${threeDigits(1 / time)} ${b.unit}`;
      return { name, before: timeOf(a), now: timeOf(b), show };
    }),
  ];
}

/** Of a rate. */
const timeOf = ({ median, min, max }: Spread): Spread => ({ median: 1 / median, min: 1 / max, max: 1 / min });

/** What has the same key in both: key, before, now. */
function match<T>(now: readonly T[], before: readonly T[], key: (one: T) => string): [string, T, T][] {
  const old = new Map(before.map((one) => [key(one), one]));
  return now.flatMap((one): [string, T, T][] => {
    const then = old.get(key(one));
    return then ? [[key(one), then, one]] : [];
  });
}

/** Why the figures may differ though the program does not. */
function differences(now: BenchReport, before: BenchReport): string[] {
  const { machine: a } = before;
  const { machine: b } = now;
  return [
    ...(a.cpu !== b.cpu || a.cores !== b.cores ? [`Saved on another machine: ${a.cpu}, ${a.cores} cores.`] : []),
    ...(a.node !== b.node ? [`Saved with node ${a.node}; this is ${b.node}.`] : []),
    ...(before.simd !== now.simd ? [`Saved with ${before.simd}; this is ${now.simd}.`] : []),
    ...(before.network?.name !== now.network?.name
      ? [`Saved with ${networkOf(before)}; this is ${networkOf(now)}.`]
      : []),
    ...(before.threads !== now.threads ? [`Saved with --threads ${before.threads}; this is ${now.threads}.`] : []),
  ];
}

const networkOf = ({ network }: BenchReport): string => (network ? `--network ${network.name}` : 'no shaped network');
