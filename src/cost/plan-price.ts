/** What a plan costs, against the rings it began with: bytes and rounds of a dry run, and seconds that are estimated from it. */
import type { Kernels } from '../kernels/index.ts';
import type { Model } from '../models/model.ts';
import type { ModelRing } from '../rings/schema.ts';
import { checkingOf } from '../runtime/checked.ts';
import { type Cost, cost } from './cost.ts';
import { estimate, type Machine, usualBits } from './estimate.ts';
import { measureRates } from './rates.ts';

export type PriceOptions = {
  model: Model;
  rings: { default: ModelRing; plan: ModelRing };
  /** Of the text; its length is hidden when it is padded. */
  tokens: number;
  padded: boolean;
  kernels: Kernels;
  machine: Omit<Machine, 'rates' | 'threads'>;
  signal?: AbortSignal;
  /** Called as each value that the model names is counted, for the default rings and then for those of the plan. */
  onProgress?(name: string): void;
};

export type Price = { bytes: number; rounds: number; seconds: number };

export type PlanPrice = { tokens: number; padded: boolean; default: Price; plan: Price };

export async function priceOf(options: PriceOptions): Promise<PlanPrice> {
  const { model, rings, tokens, padded, kernels, signal, onProgress } = options;
  const sized = { model, tokens, padded, ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const count = (ring: ModelRing) => cost({ ...sized, ring, check: checkingOf(ring, {}).check });
  const before = await count(rings.default);
  const after = await count(rings.plan);
  const rates = await measureRates(kernels, usualBits(model, rings.default));
  const bits = usualBits(model, rings.plan);
  const planned = bits === usualBits(model, rings.default) ? rates : await measureRates(kernels, bits);
  // The program is the same with any rings: what differs between two dry runs is how much of it was compiled before
  const dryTime = Math.min(...[before, after].map(({ steps }) => steps[0]!.dryTime));
  const priced = (counted: Cost, ring: ModelRing, multiplyAdd: typeof rates.multiplyAdd): Price => {
    const machine = { ...options.machine, threads: kernels.threads, rates: { ...rates, multiplyAdd } };
    const steps = counted.steps.map((step) => ({ ...step, dryTime }));
    const { together } = estimate({ ...counted, steps }, { model, ring }, machine);
    return { bytes: counted.bytes.total, rounds: counted.rounds, seconds: together.seconds };
  };
  return {
    ...{ tokens, padded },
    default: priced(before, rings.default, rates.multiplyAdd),
    plan: priced(after, rings.plan, planned.multiplyAdd),
  };
}
