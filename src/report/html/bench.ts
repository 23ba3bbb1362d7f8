/** The page of `puma bench`. */
import { type BenchCase, type BenchReport, hasRun, caseName as plainName, type RanCase } from '../../bench/report.ts';
import { duration, ratio, threeDigits } from '../bench-units.ts';
import { kindsOf } from '../kinds.ts';
import { bytes, count, network } from '../units.ts';
import { barChart } from './charts.ts';
import { type About, factList, page, section } from './page.ts';
import { protocolSection } from './protocols.ts';
import { type Cell, figure, htmlTable } from './table.ts';

export function benchPage(report: BenchReport, about: About): string {
  return page({
    ...{ title: 'Measurements of secure inference', about, report },
    parts: [setting(report), ...caseSections(report.cases), kernelSection(report), protocolSection(report)],
  });
}

function setting({ machine, simd, threads, network: shaped }: BenchReport): string {
  return factList([
    { name: 'machine', value: machine.cpu, more: `${count(machine.cores, 'core')}, ${bytes(machine.memoryBytes)}` },
    { name: 'kernels', value: simd, more: `${count(threads, 'thread')} for each party` },
    { name: 'program', value: `node ${machine.node}` },
    ...(shaped ? [{ name: 'network', value: network(shaped), more: 'shaped' }] : []),
  ]);
}

function caseSections(cases: readonly BenchCase[]): string[] {
  const ran = cases.filter(hasRun);
  const notes = [
    ...extrapolated(ran),
    ...cases.flatMap((one) => (hasRun(one) ? [] : [`${caseName(one)}: skipped: ${one.skipped}.`])),
  ];
  const why = notes.map((note) => [note]);
  if (ran.length === 0)
    return why.length === 0
      ? []
      : [section('Cases', htmlTable('skipped', { caption: 'Cases that were not run', columns: ['case'], rows: why }))];
  return [
    section('Inference', ...timeTables(ran, notes)),
    section('Traffic and memory', ...trafficTables(ran)),
    publishedSection(ran),
    section('By kind of work', ...kindTables(ran)),
  ];
}

/** One line for all cases that were cut alike. */
function extrapolated(ran: readonly RanCase[]): string[] {
  const cuts = new Map<string, string[]>();
  for (const one of ran) {
    const layers = one.extrapolatedFromLayers?.join(' and ');
    if (layers !== undefined) cuts.set(layers, [...(cuts.get(layers) ?? []), caseName(one)]);
  }
  return [...cuts].map(
    ([layers, names]) => `* extrapolated from ${layers} layers, on a straight line: ${names.join('; ')}.`,
  );
}

const caseName = (one: BenchCase): string => plainName(one).replace(' -> ', '\u00a0→\u00a0');

/** A star tells that not all of it was run. */
const named = (one: RanCase): string => `${caseName(one)}${one.extrapolatedFromLayers ? '\u00a0*' : ''}`;

const PHASES = ['share', 'startup', 'prompt', 'further'] as const;
const PHASE_NAMES = { share: 'sharing weights', startup: 'start-up', prompt: 'prompt', further: 'further tokens' };

function timeTables(ran: readonly RanCase[], notes: readonly string[]): string[] {
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

function trafficTables(ran: readonly RanCase[]): string[] {
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

/** One case of one system. */
type Side = { of: string; system: string; seconds: number; bytes: number };

function publishedSection(ran: readonly RanCase[]): string {
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
  return section(
    'Beside published figures',
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
    htmlTable('published', {
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
    }),
  );
}

function kindTables(ran: readonly RanCase[]): string[] {
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

/** A column for each SIMD level. */
function kernelSection({ kernels }: BenchReport): string {
  if (kernels.length === 0) return '';
  const levels = [...new Set(kernels.map(({ simd }) => simd))];
  const names = [...new Set(kernels.map(({ name }) => name))];
  return section(
    'Kernels',
    htmlTable('kernels', {
      caption: `Rate of each kernel by SIMD level, ${count(kernels[0]!.threads, 'thread')}, median of the runs`,
      columns: ['kernel', ...levels, 'unit'],
      rows: names.map((name) => {
        const all = kernels.filter((one) => one.name === name);
        const rates = levels.map((simd) => all.find((one) => one.simd === simd)?.rate);
        return [
          name,
          ...rates.map((rate): Cell => (rate === undefined ? '' : figure(rate, threeDigits))),
          all[0]!.unit,
        ];
      }),
    }),
  );
}
