/** Single protocols beside those of other systems. */
import type { BenchReport } from '../../../bench/report.ts';
import { duration, threeDigits } from '../../bench-units.ts';
import { barChart } from '../charts.ts';
import { section } from '../page.ts';
import { type Cell, figure, htmlTable } from '../table.ts';

const nanoseconds = (value: number): string => `${threeDigits(value)} ns`;
const each = (value: number): string => `${threeDigits(value)} B`;

export function protocolSection({ protocols }: BenchReport): string {
  if (protocols.length === 0) return '';
  const sides = protocols.flatMap(({ name, elements, seconds, others }) => [
    { row: JSON.stringify([name, 'ours']), value: (seconds.median * 1e9) / elements, fill: 0 },
    ...others.map((other) => ({
      row: JSON.stringify([name, other.system]),
      value: (other.seconds * 1e9) / other.elements,
      fill: 1,
    })),
  ]);
  return section(
    'Protocols',
    barChart({
      ...{ id: 'protocols-plot', title: 'Time of each protocol, nanoseconds for one element', bars: sides },
      ...{ unit: 'time', show: nanoseconds },
      group: (row) => JSON.parse(row)[0] as string,
      name: (row) => JSON.parse(row)[1] as string,
    }),
    htmlTable('protocols', {
      caption: 'Protocols at three processes on this machine',
      columns: ['protocol', 'elements', 'time', 'for one', 'dealer sends', 'evaluators send', 'rounds'],
      rows: protocols.map(({ name, elements, seconds, bytes: b, rounds }): Cell[] => [
        name,
        figure(elements, String),
        figure(seconds.median, duration),
        figure((seconds.median * 1e9) / elements, nanoseconds),
        figure(b.dealer / elements, each),
        figure(b.online / elements, each),
        figure(rounds, String),
      ]),
      notes: ['Median of the runs, until all three are done. Bytes are those of one element.'],
    }),
    others(protocols),
  );
}

function others(protocols: BenchReport['protocols']): string {
  const rows = protocols.flatMap(({ name, others }) =>
    others.map((other): Cell[] => [
      name,
      other.system,
      figure(other.elements, String),
      figure(other.seconds, duration),
      figure((other.seconds * 1e9) / other.elements, nanoseconds),
      other.bytes === undefined ? '' : figure(other.bytes / other.elements, each),
    ]),
  );
  if (rows.length === 0) return '';
  return htmlTable('others', {
    caption: 'Other systems: three semi-honest parties on one machine with two cores, one thread each',
    columns: ['protocol', 'system', 'elements', 'time', 'for one', 'bytes of one'],
    rows,
  });
}
