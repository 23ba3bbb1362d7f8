/** What an inference would take, foretold. */
import type { Task } from '../heads/index.ts';
import type { Bytes } from '../work/bytes.ts';
import { describeRing, type RingReport } from './ring.ts';
import { type Column, type Style, table } from './text.ts';
import { bytes, count, type Network, network, seconds } from './units.ts';

/** What `puma cost --json` prints. Bytes and rounds are exact; seconds and memory are estimates. */
export type CostForecast = {
  model: string;
  task: Task;
  tokens: number;
  /** 0 of a model that does not generate. */
  newTokens: number;
  padded: boolean;
  ring: RingReport & { linear: { bits: number; input: number; weight: number } };
  bytes: Bytes;
  rounds: number;
  /** Of all parties. */
  multiplyAdds: number;
  /** Packed weights at each evaluator. */
  shareBytes: number;
  /** Of each party, at its peak. */
  memoryBytes: number;
  seconds: {
    /** Three parties on this machine. */
    total: number;
    /** What that is limited by. */
    bound: string;
    /** Each party on a machine like this, with `network` between them. */
    apart?: number;
  };
  kinds: Record<string, { seconds: number; bytes: number; rounds: number }>;
  /** The whole text, then each further token. */
  perToken: { seconds: number; bytes: number; rounds: number }[];
  machine: { cores: number; threads: number; engine: string; simd: string };
  network?: Network;
  /** What config.json says that is not used. */
  warnings?: string[];
};

export function describeForecast(report: CostForecast, style: Style): string {
  return [
    `${style.strong(report.model)}, ${textOf(report)}: counted by a dry run, exact but for time and memory`,
    '',
    table([{ title: '' }, { title: '' }], factsOf(report), style),
    '',
    table([{ title: 'link' }, right('bytes')], linksOf(report), style),
    '',
    table([{ title: 'kind of work' }, ...FIGURES], kindsOf(report), style),
    ...(report.perToken.length > 1 ? ['', table([{ title: 'step' }, ...FIGURES], stepsOf(report), style)] : []),
  ].join('\n');
}

const right = (title: string): Column => ({ title, right: true });
const FIGURES = [right('time, about'), right('traffic'), right('rounds')];

function textOf({ tokens, newTokens, padded }: CostForecast): string {
  const length = `${padded ? 'padded to ' : ''}${count(tokens, 'token')}`;
  return newTokens === 0 ? length : `${length} and ${newTokens} new`;
}

function factsOf({ bytes: b, seconds: s, ring, machine, ...report }: CostForecast): string[][] {
  const { linear } = ring;
  const engine = machine.engine === 'native' ? machine.simd : 'slow portable kernels';
  const here = `${count(machine.cores, 'core')}, ${engine}, ${count(machine.threads, 'thread')} a party`;
  const apart = s.apart === undefined ? [] : [['', `about ${seconds(s.apart)} if each party has such a machine`]];
  return [
    ['time', `about ${seconds(s.total)} on this machine (${here}), limited by ${LIMITS[s.bound] ?? s.bound}`],
    ...apart,
    ...(report.network ? [['network', network(report.network)]] : []),
    [
      'traffic',
      `${bytes(b.total)}: ${bytes(b.dealer)} from the dealer, ${bytes(b.online)} online, ${bytes(b.client)} with the client`,
    ],
    ['rounds', String(report.rounds)],
    ['products', `${many(report.multiplyAdds)} multiply-adds: for each in the clear 3 by weights, 5 in attention`],
    ['shares', `${bytes(report.shareBytes)} at each evaluator`],
    ['memory', `about ${bytes(report.memoryBytes)} for each party`],
    [
      'ring',
      ring.plan === undefined
        ? `${describeRing(ring)}; linear layers Z_2^${linear.bits}, ${linear.input} and ${linear.weight}`
        : describeRing(ring),
    ],
  ];
}

const LIMITS: Record<string, string> = {
  evaluators: 'the evaluators and their rounds',
  dealer: 'the dealer',
  link: 'the link from the dealer',
  cores: 'the cores that three parties share',
  disk: 'the disk, which reads the shares again for every token (1 GB/s is assumed)',
};

/** 16.5 G. */
function many(n: number): string {
  const [size, unit] = n >= 1e12 ? [1e12, 'T'] : n >= 1e9 ? [1e9, 'G'] : [1e6, 'M'];
  return `${(n / size).toPrecision(3)} ${unit}`;
}

const linksOf = ({ bytes: { links } }: CostForecast): string[][] =>
  links.map(({ from, to, bytes: sent }) => [`${endOf(from)} to ${endOf(to)}`, bytes(sent)]);

const endOf = (end: string): string => (end === 'client' ? end : end === '0' ? 'dealer' : `evaluator ${end}`);

function kindsOf({ kinds }: CostForecast): string[][] {
  return Object.entries(kinds)
    .filter(([, { rounds, seconds }]) => rounds > 0 || seconds >= 0.005)
    .sort(([, a], [, b]) => b.seconds - a.seconds)
    .map(([kind, spent]) => [kind, ...figuresOf(spent)]);
}

const figuresOf = (spent: { seconds: number; bytes: number; rounds: number }): string[] => [
  seconds(spent.seconds),
  bytes(spent.bytes),
  String(spent.rounds),
];

/** The text, and of the tokens after it the first and the last: each has one more to look back on. */
function stepsOf({ perToken }: CostForecast): string[][] {
  const last = perToken.length;
  const shown = last === 2 ? [1, 2] : [1, 2, last];
  return shown.map((n) => [n === 1 ? 'the prompt and token 1' : `token ${n}`, ...figuresOf(perToken[n - 1]!)]);
}
