/** The tables of `puma bench`. */
import { type BenchCase, type BenchReport, caseName, hasRun, type RanCase } from '../bench/report.ts';
import { duration, ratio, threeDigits } from './bench-units.ts';
import { kindsOf } from './kinds.ts';
import type { Section } from './sections.ts';
import type { Column } from './text.ts';
import { bytes, count, network } from './units.ts';

const right = (title: string): Column => ({ title, right: true });

/** `AMD EPYC 7R13, 2 cores, 24.0 GB, node v20.11.0; avx512, 1 thread a party`. */
export function describeMachine({ machine, simd, threads, network: shaped }: BenchReport): string {
  const { cpu, cores, memoryBytes, node } = machine;
  const links = shaped ? `; network shaped to ${network(shaped)}` : '';
  return `${cpu}, ${count(cores, 'core')}, ${bytes(memoryBytes)}, node ${node}; ${simd}, ${count(threads, 'thread')} a party${links}`;
}

export function benchSections(report: BenchReport): Section[] {
  const { cases, kernels, protocols } = report;
  return [
    ...(cases.length > 0 ? caseSections(cases) : []),
    ...(kernels.length > 0 ? [kernelSection(report)] : []),
    ...(protocols.length > 0 ? protocolSections(report) : []),
  ];
}

function caseSections(cases: readonly BenchCase[]): Section[] {
  const ran = cases.filter(hasRun);
  const steps = ran.some((one) => one.seconds.byPhase.further !== undefined);
  return [
    {
      title: 'Inference by three processes on this machine',
      columns: [
        { title: 'model, tokens' },
        ...['median', 'min', 'max', ...(steps ? ['prompt', 'further'] : []), 'share', 'start-up'].map(right),
        ...['dealer', 'online', 'client', 'total', 'rounds', 'memory 0, 1, 2'].map(right),
      ],
      rows: ran.map((one) => costRow(one, steps)),
      notes: [...cases.flatMap(caseNotes), ...caseFacts(ran, steps)],
    },
    ...(ran.length > 0 ? [byKind('Time by kind of work', ran, (one) => one.seconds.byKind, duration, TIME_NOTE)] : []),
    ...(ran.length > 0 ? [byKind('Traffic by kind of work', ran, (one) => one.bytes.byKind, bytes, BYTES_NOTE)] : []),
    ...publishedSection(ran),
  ];
}

const TIME_NOTE =
  'At evaluator 1, in the median run; its waiting for the other parties is in it. Other: the client, and what opens the answer.';
const BYTES_NOTE = 'Sent between the three parties.';

function costRow(one: RanCase, steps: boolean): string[] {
  const { seconds: s, bytes: b, rounds, parties } = one;
  const { share, startup, prompt, further } = s.byPhase;
  return [
    marked(one),
    ...[s.median, s.min, s.max].map(duration),
    ...(steps ? [prompt, further].map((time) => (time === undefined ? '' : duration(time))) : []),
    ...[share, startup].map(duration),
    ...[b.dealer, b.online, b.client, b.total].map(bytes),
    String(rounds),
    parties.map(({ peakRssBytes }) => bytes(peakRssBytes)).join(', '),
  ];
}

/** A star tells that not all of it was run. */
const marked = (one: RanCase): string => `${caseName(one)}${one.extrapolatedFromLayers ? ' *' : ''}`;

function caseNotes(one: BenchCase): string[] {
  if (!hasRun(one)) return [`${caseName(one)}: skipped: ${one.skipped}`];
  const from = one.extrapolatedFromLayers;
  if (!from) return [];
  return [
    `* ${caseName(one)}: extrapolated from ${from[0]} and ${from[1]} layers, on a straight line through both (memory: that of ${from[1]})`,
  ];
}

function caseFacts(ran: readonly RanCase[], steps: boolean): string[] {
  if (ran.length === 0) return [];
  const runs = count(ran[0]!.runs, 'run');
  return [
    `Inference: ${runs} after one to warm up, from the query until the answer is open. The weights are shared and the parties started once.`,
    ...(steps ? ['Prompt: with the first new token; further: all other new tokens.'] : []),
  ];
}

function byKind(
  title: string,
  ran: readonly RanCase[],
  of: (one: RanCase) => Record<string, number>,
  show: (value: number) => string,
  note: string,
): Section {
  const kinds = kindsOf(ran.flatMap((one) => Object.keys(of(one)))).map(({ name }) => name);
  const shown = kinds.filter((kind) => ran.some((one) => (of(one)[kind] ?? 0) > 0));
  return {
    title,
    columns: [{ title: 'model, tokens' }, ...shown.map(right)],
    rows: ran.map((one) => [marked(one), ...shown.map((kind) => show(of(one)[kind] ?? 0))]),
    notes: [note],
  };
}

function publishedSection(ran: readonly RanCase[]): Section[] {
  const rows = ran.flatMap((one) =>
    one.published.map(({ system, seconds: theirs, gigabytes }) => [
      marked(one),
      system,
      duration(theirs),
      duration(one.seconds.median),
      ratio(theirs / one.seconds.median),
      bytes(gigabytes * 1e9),
      bytes(one.bytes.total),
      ratio((gigabytes * 1e9) / one.bytes.total),
    ]),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: 'Beside published figures',
      columns: [
        { title: 'model, tokens' },
        { title: 'system' },
        ...['their time', 'ours', 'ratio', 'their traffic', 'ours', 'ratio'].map(right),
      ],
      rows,
      notes: [
        'Theirs (arXiv 2307.12533): three servers on a network, 32 cores each for BERT and GPT-2 (5 Gbit/s, 1 ms), 128 for LLaMA (0.1 ms).',
        'Ours: three processes on this one machine. Ratio: theirs by ours. Traffic: ours is that of all parties and the client.',
      ],
    },
  ];
}

/** A column for each SIMD level. */
function kernelSection({ kernels }: BenchReport): Section {
  const levels = [...new Set(kernels.map(({ simd }) => simd))];
  const names = [...new Set(kernels.map(({ name }) => name))];
  const { threads } = kernels[0]!;
  return {
    title: `Kernels, ${count(threads, 'thread')}`,
    columns: [{ title: 'kernel' }, ...levels.map(right), { title: '' }],
    rows: names.map((name) => {
      const all = kernels.filter((one) => one.name === name);
      const rates = levels.map((simd) => all.find((one) => one.simd === simd)?.rate);
      return [name, ...rates.map((rate) => (rate === undefined ? '' : threeDigits(rate))), all[0]!.unit];
    }),
    notes: [
      threads === 1
        ? 'Median of the runs, by processor time: what others take of this machine does not count.'
        : 'Median of the runs, by the time that passed.',
    ],
  };
}

function protocolSections({ protocols, threads }: BenchReport): Section[] {
  return [
    {
      title: `Protocols at three processes on this machine, ${count(threads, 'thread')} each`,
      columns: [
        { title: 'protocol' },
        ...['elements', 'time', 'per element', 'dealer', 'online', 'both', 'rounds'].map(right),
      ],
      rows: protocols.flatMap(({ name, elements, seconds: s, bytes: b, rounds, others }) => [
        [
          ...[name, String(elements), duration(s.median), each(s.median * 1e9, elements, 'ns')],
          ...[b.dealer, b.online, b.dealer + b.online].map((sent) => each(sent, elements, 'B')),
          String(rounds),
        ],
        ...others.map((other) => [
          ...[`+ ${other.system}`, String(other.elements), duration(other.seconds)],
          each(other.seconds * 1e9, other.elements, 'ns'),
          ...['', '', other.bytes === undefined ? '' : each(other.bytes, other.elements, 'B'), ''],
        ]),
      ]),
      notes: [
        'Median of the runs, at the party that takes longest; bytes per element between the parties.',
        'Softmax: weights and the reciprocal of their sum, by which the context is scaled later.',
        '+ other systems: three semi-honest parties on one machine with two cores, one thread each.',
      ],
    },
  ];
}

const each = (total: number, elements: number, unit: string): string => `${threeDigits(total / elements)} ${unit}`;
