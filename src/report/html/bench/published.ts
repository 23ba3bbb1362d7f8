/** The cases beside those of the paper. */
import type { RanCase } from '../../../bench/report.ts';
import { duration, ratio } from '../../bench-units.ts';
import { bytes } from '../../units.ts';
import { barChart } from '../charts.ts';
import { section } from '../page.ts';
import { type Cell, figure, htmlTable } from '../table.ts';
import { named } from './cases.ts';

/** One case of one system. */
type Side = { of: string; system: string; seconds: number; bytes: number };

export function publishedSection(ran: readonly RanCase[]): string {
  const compared = ran.filter(({ published }) => published.length > 0);
  if (compared.length === 0) return '';
  const sides = compared.flatMap((one): Side[] => [
    { of: named(one), system: 'ours', seconds: one.seconds.median, bytes: one.bytes.total },
    ...one.published.map(({ system, seconds, gigabytes }) => ({
      of: named(one),
      system,
      seconds,
      bytes: gigabytes * 1e9,
    })),
  ]);
  return section('Beside published figures', ...charts(sides), table(compared));
}

function charts(sides: readonly Side[]): string[] {
  const systems = [...new Set(sides.map(({ system }) => system))];
  const bars = (of: 'seconds' | 'bytes') =>
    sides.map((side) => ({
      row: JSON.stringify([side.of, side.system]),
      value: side[of],
      fill: systems.indexOf(side.system),
    }));
  const grouped = {
    group: (row: string) => JSON.parse(row)[0] as string,
    name: (row: string) => JSON.parse(row)[1] as string,
  };
  return [
    barChart({
      id: 'published-seconds-plot',
      title: 'Time of one inference, seconds',
      bars: bars('seconds'),
      unit: 'time',
      show: duration,
      ...grouped,
    }),
    barChart({
      id: 'published-bytes-plot',
      title: 'Traffic of one inference, bytes',
      bars: bars('bytes'),
      unit: 'traffic',
      show: bytes,
      ...grouped,
    }),
  ];
}

function table(compared: readonly RanCase[]): string {
  return htmlTable('published', {
    caption: 'Theirs and ours',
    columns: ['model, tokens', 'system', 'their seconds', 'our seconds', 'ratio', 'their GB', 'our GB', 'ratio'],
    rows: compared.flatMap((one) =>
      one.published.map(({ system, seconds, gigabytes }): Cell[] => [
        named(one),
        system,
        figure(seconds, duration),
        figure(one.seconds.median, duration),
        ratio(seconds / one.seconds.median),
        figure(gigabytes, (value) => bytes(value * 1e9)),
        figure(one.bytes.total / 1e9, (value) => bytes(value * 1e9)),
        ratio((gigabytes * 1e9) / one.bytes.total),
      ]),
    ),
    notes: [
      'Theirs (arXiv 2307.12533): three servers on a network, 32 cores each for BERT and GPT-2 (5 Gbit/s, 1 ms), 128 for LLaMA (0.1 ms).',
      'Ours: three processes on this one machine. Ratio: theirs by ours. Traffic: ours is that of all parties and the client.',
    ],
  });
}
