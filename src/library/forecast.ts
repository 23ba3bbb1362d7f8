import { availableParallelism, totalmem } from 'node:os';
import type { Cost } from '../cost/cost.ts';
import { type Bound, type Estimate, estimate, usualBits } from '../cost/estimate.ts';
import { measureRates } from '../cost/rates.ts';
import type { Task } from '../heads/index.ts';
import { loadKernels } from '../kernels/index.ts';
import type { Bytes } from '../runtime/answers.ts';
import { type Network, readNetwork } from '../transport/shaped.ts';
import { COST_FIELDS, type CostOptions, countCost } from './cost.ts';
import { checkOptions, type Fields, network } from './fields.ts';
import { type LinearRing, planOf } from './run/model.ts';
import type { RunOptions } from './run/options.ts';
import { warningsOf } from './run/reader.ts';
import type { RingReport } from './run/running.ts';

export type ForecastOptions = CostOptions & Pick<RunOptions, 'network'>;

/** Bytes and rounds are exact; seconds and memory are estimates. */
export type Forecast = {
  model: string;
  task: Task;
  tokens: number;
  /** 0 of a model that does not generate. */
  newTokens: number;
  padded: boolean;
  ring: RingReport & { linear: LinearRing };
  bytes: Bytes;
  rounds: number;
  /** Of all parties. */
  multiplyAdds: number;
  /** Packed weights at each evaluator. */
  shareBytes: number;
  /** Of each party, at its peak. */
  memoryBytes: number;
  /** Of three parties on this machine, and what limits them; `apart`: each on a machine like this, with `network` between them. */
  seconds: { total: number; bound: Bound; apart?: number };
  kinds: Record<string, { seconds: number; bytes: number; rounds: number }>;
  /** The whole text, then each further token. */
  perToken: { seconds: number; bytes: number; rounds: number }[];
  machine: { cores: number; threads: number; engine: string; simd: string };
  network?: Network;
  /** What config.json says that is not used, if there is anything. */
  warnings?: string[];
};

const FIELDS: Fields<ForecastOptions> = { ...COST_FIELDS, network };

/**
 * cost(), and how long it will take on this machine, and what memory.
 *
 *     const { seconds, bound } = await forecast({ model: 'llama-7b', tokens: 8, network: 'lan' });
 *
 * @throws what cost() throws
 */
export async function forecast(options: ForecastOptions): Promise<Forecast> {
  checkOptions(FIELDS, options);
  const { kernels = loadKernels(), padded = false } = options;
  const { network: named, ...counting } = options;
  const { found, model, asked, cost } = await countCost({ ...counting, kernels });
  const { ring } = found;
  const rates = await measureRates(kernels, usualBits(model, ring));
  const network = named === undefined ? undefined : readNetwork(named)!;
  const { threads, engine, simd } = kernels;
  const machine = { rates, cores: availableParallelism(), memoryBytes: totalmem(), threads, network };
  const { bits, fractionBits, linear } = ring;
  return {
    ...{ model: nameOf(options, found.name), task: model.head.name, ...asked, padded },
    ring: { bits, fractionBits, linear, ...planOf(found.calibration) },
    ...summarise(cost, estimate(cost, { model, ring }, machine)),
    machine: { cores: machine.cores, threads, engine, simd },
    ...(network ? { network } : {}),
    ...warningsOf(model),
  };
}

/** As the caller names it: a model of the registry is counted as a synthetic one. */
const nameOf = ({ model }: ForecastOptions, found: string): string => (typeof model === 'string' ? model : found);

function summarise(cost: Cost, { together, apart, steps, shareBytes, memoryBytes }: Estimate) {
  const kinds: Forecast['kinds'] = {};
  for (const [kind, seconds] of Object.entries(together.kinds)) kinds[kind] = { seconds, bytes: 0, rounds: 0 };
  for (const step of cost.steps) {
    for (const [kind, { sent, rounds }] of Object.entries(step.kinds)) {
      const before = (kinds[kind] ??= { seconds: 0, bytes: 0, rounds: 0 });
      kinds[kind] = { ...before, bytes: before.bytes + sent, rounds: before.rounds + rounds };
    }
  }
  const { bytes, rounds, multiplyAdds } = cost;
  return {
    ...{ bytes, rounds, multiplyAdds, shareBytes, memoryBytes: Math.round(memoryBytes) },
    seconds: { total: together.seconds, bound: together.bound, ...(apart ? { apart: apart.seconds } : {}) },
    kinds,
    perToken: cost.steps.map(({ bytes, rounds }, i) => ({ seconds: steps[i]!, bytes: bytes.total, rounds })),
  };
}
