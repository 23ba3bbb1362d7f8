/** What the cases took by kind of work. */
import type { RanCase } from '../../../bench/report.ts';
import { duration } from '../../bench-units.ts';
import { kindsOf } from '../../kinds.ts';
import { bytes } from '../../units.ts';
import { barChart } from '../charts.ts';
import { figure, htmlTable } from '../table.ts';
import { named } from './cases.ts';

export function kindTables(ran: readonly RanCase[]): string[] {
  return (['seconds', 'bytes'] as const).flatMap((what) => {
    const series = kindsOf(ran.flatMap((one) => Object.keys(one[what].byKind)));
    const kinds = series.map(({ name }) => name);
    const [title, show] =
      what === 'seconds'
        ? (['Time by kind of work', duration] as const)
        : (['Traffic by kind of work', bytes] as const);
    return [
      barChart({
        ...{
          id: `kind-${what}-plot`,
          title: `${title}, ${what}`,
          unit: what === 'seconds' ? 'time' : 'traffic',
          show,
          series,
        },
        bars: ran.flatMap((one) =>
          series.map(({ name, fill }) => ({ row: named(one), value: one[what].byKind[name] ?? 0, fill })),
        ),
      }),
      htmlTable(`kind-${what}`, {
        caption: title,
        columns: ['model, tokens', ...kinds],
        rows: ran.map((one) => [named(one), ...kinds.map((kind) => figure(one[what].byKind[kind] ?? 0, show))]),
        notes: [
          what === 'seconds'
            ? 'At evaluator 1, in the median run; its waiting for the other parties is in it. Other: the client, and what opens the answer.'
            : 'Sent between the three parties.',
        ],
      }),
    ];
  });
}
