/** What the cases took: time, traffic and memory. */
import type { RanCase } from '../../../bench/report.ts';
import { duration } from '../../bench-units.ts';
import { bytes } from '../../units.ts';
import { barChart } from '../charts.ts';
import { type Cell, figure, htmlTable } from '../table.ts';
import { named } from './cases.ts';

const PHASES = ['share', 'startup', 'prompt', 'further'] as const;
const PHASE_NAMES = { share: 'sharing weights', startup: 'start-up', prompt: 'prompt', further: 'further tokens' };

export function timeTables(ran: readonly RanCase[], notes: readonly string[]): string[] {
  const phases = PHASES.filter((phase) => ran.some((one) => one.seconds.byPhase[phase] !== undefined));
  return [
    barChart({
      ...{
        id: 'cases-plot',
        title: 'Time of one inference, seconds, median of the runs',
        unit: 'time',
        show: duration,
      },
      bars: ran.map((one) => ({ row: named(one), value: one.seconds.median })),
    }),
    htmlTable('cases', {
      caption: 'Time of one inference by three processes on this machine',
      columns: ['model, tokens', 'median', 'least', 'most', 'runs'],
      rows: ran.map((one) => [
        named(one),
        ...[one.seconds.median, one.seconds.min, one.seconds.max].map((time) => figure(time, duration)),
        figure(one.runs, String),
      ]),
      notes,
    }),
    htmlTable('phases', {
      caption: 'Time by phase, in the median run',
      columns: ['model, tokens', ...phases.map((phase) => PHASE_NAMES[phase]), 'inference'],
      rows: ran.map((one) => [
        named(one),
        ...[...phases, 'inference' as const].map((phase): Cell => {
          const time = one.seconds.byPhase[phase];
          return time === undefined ? '' : figure(time, duration);
        }),
      ]),
      notes: ['The weights are shared and the parties started once; the prompt comes with the first new token.'],
    }),
  ];
}

export function trafficTables(ran: readonly RanCase[]): string[] {
  const parts = ['dealer', 'online', 'client'] as const;
  const names = ['from the dealer', 'between evaluators', 'with the client'];
  return [
    barChart({
      ...{ id: 'traffic-plot', title: 'Traffic of one inference, bytes', unit: 'traffic', show: bytes },
      series: names.map((name, fill) => ({ name, fill })),
      bars: ran.flatMap((one) => parts.map((part, fill) => ({ row: named(one), value: one.bytes[part], fill }))),
    }),
    htmlTable('traffic', {
      caption: 'Traffic and rounds of one inference',
      columns: ['model, tokens', ...names, 'all', 'rounds'],
      rows: ran.map((one) => [
        named(one),
        ...[...parts, 'total' as const].map((part) => figure(one.bytes[part], bytes)),
        figure(one.rounds, String),
      ]),
    }),
    htmlTable('memory', {
      caption: 'Memory of each party at its peak',
      columns: ['model, tokens', 'dealer', 'evaluator 1', 'evaluator 2'],
      rows: ran.map((one) => [named(one), ...one.parties.map(({ peakRssBytes }) => figure(peakRssBytes, bytes))]),
    }),
  ];
}
