import { availableParallelism, totalmem } from 'node:os';
import { Option } from 'commander';
import { caseFor } from '../bench/cases.ts';
import { type Cost, cost } from '../cost/cost.ts';
import { type Estimate, estimate, usualBits } from '../cost/estimate.ts';
import { measureRates } from '../cost/rates.ts';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { readModelConfig } from '../loaders/open-model.ts';
import { loadRegistry } from '../loaders/registry.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import { tapNames } from '../plaintext/taps.ts';
import { withFittedRings } from '../plans/rings-for.ts';
import { type CostForecast, describeForecast } from '../report/cost.ts';
import { checkingOf } from '../runtime/checked.ts';
import { CHECK_OPTIONS } from './inputs.ts';
import { MODEL_OPTIONS } from './model-options.ts';
import { NETWORK_OPTION, type NetworkOptions } from './network.ts';
import { CALIBRATION_OPTION, type PlannedOptions, planOf, readPlanned } from './planned.ts';
import { type Progress, progressBars } from './progress.ts';
import { terminalStyle } from './style.ts';
import { JSON_OPTION, UsageError, type Verb, wholeNumber } from './verb.ts';

type Options = PlannedOptions &
  NetworkOptions & {
    tokens?: number;
    promptTokens?: number;
    newTokens?: number;
    checkRanges?: boolean;
    padded?: boolean;
  };

/** `puma cost`: what an inference would take. Neither weights nor parties are needed. */
export const costOf: Verb<Options> = {
  name: 'cost',
  summary: 'foretell what an inference takes, without running it',
  options: [
    ...MODEL_OPTIONS.slice(0, -1),
    CALIBRATION_OPTION,
    new Option('--tokens <n>', 'length of the text; 128, or 32 of a model that generates').argParser(wholeNumber),
    new Option('--prompt-tokens <n>', 'the same, for a model that generates').argParser(wholeNumber),
    new Option('--new-tokens <n>', 'of a model that generates: tokens to add; 1 when left out').argParser(wholeNumber),
    new Option('--padded', 'the length is hidden'),
    ...CHECK_OPTIONS.slice(0, 2),
    NETWORK_OPTION,
    ...MODEL_OPTIONS.slice(-1),
    JSON_OPTION,
  ],
  examples: [
    'puma cost --model bert-base-uncased --tokens 128 --network wan',
    'puma cost --model llama-7b --prompt-tokens 8 --new-tokens 2 --json',
  ],
  async run(options, { signal }) {
    const { tokens, promptTokens, newTokens, padded = false, threads = 1, network, json = false } = options;
    if (tokens !== undefined && promptTokens !== undefined) {
      throw new UsageError('--tokens and --prompt-tokens mean the same: give one of them', 'puma cost');
    }
    const named = await findModel(options, signal);
    const model = modelFor(await readModelConfig(named));
    const asked = caseFor(options.model, model, { tokens: tokens ?? promptTokens, newTokens });
    const kernels = loadKernels({ threads });
    const found = await fitted(named, model, kernels, progressBars({ json }), signal);
    const rates = await measureRates(kernels, usualBits(model, found.ring));
    const sized = {
      model,
      ring: found.ring,
      tokens: asked.tokens,
      newTokens: Math.max(1, asked.newTokens),
      padded,
      check: checkingOf(found.ring, options).check,
    };
    const counted = await countWith(progressBars({ json }), sized, signal);
    const machine = { rates, cores: availableParallelism(), memoryBytes: totalmem(), threads, network };
    const { engine, simd } = kernels;
    const report: CostForecast = {
      ...{ model: options.model, task: model.head.name, ...asked, padded },
      ...summarise(found, counted, estimate(counted, { model, ring: found.ring }, machine)),
      machine: { cores: machine.cores, threads, engine, simd },
      ...(network ? { network } : {}),
    };
    return json ? JSON.stringify(report) : describeForecast(report, terminalStyle());
  },
};

/**
 * Names of the registry stand for what it knows of them: checkpoints need not be here, unless a plan of one is given. A ring that does not
 * hold the plan's values is counted all the same: nothing is computed.
 */
function findModel({ model, ...options }: PlannedOptions, signal: AbortSignal): Promise<ResolvedModel> {
  const known = options.calibration === undefined && loadRegistry().models.has(model);
  return readPlanned({ ...options, model: known ? `synthetic:${model}` : model, unsafeRanges: true }, signal);
}

/** The rings of a checkpoint that is neither planned nor registered follow from its weights. */
async function fitted(named: ResolvedModel, model: Model, kernels: Kernels, progress: Progress, signal: AbortSignal) {
  const step = progress('Measuring weights', model.plan().length);
  return withFittedRings(named, model, kernels, { signal, onTensor: (done) => step.to(done) }).finally(() =>
    step.end(),
  );
}

async function countWith(
  progress: Progress,
  options: Omit<Parameters<typeof cost>[0], 'model'> & { model: Model; newTokens: number },
  signal: AbortSignal,
): Promise<Cost> {
  const steps = options.model.head.continues ? options.newTokens : 1;
  const step = progress('Counting', steps * (await tapNames(options.model)).length);
  let done = 0;
  try {
    return await cost({ ...options, signal, onProgress: (name) => step.to(++done, name) });
  } finally {
    step.end();
  }
}

function summarise({ ring, calibration }: ResolvedModel, counted: Cost, foretold: Estimate) {
  const { together, apart, steps, shareBytes, memoryBytes } = foretold;
  const kinds: CostForecast['kinds'] = {};
  for (const [kind, seconds] of Object.entries(together.kinds)) kinds[kind] = { seconds, bytes: 0, rounds: 0 };
  for (const step of counted.steps) {
    for (const [kind, { sent, rounds }] of Object.entries(step.kinds)) {
      const before = (kinds[kind] ??= { seconds: 0, bytes: 0, rounds: 0 });
      kinds[kind] = { ...before, bytes: before.bytes + sent, rounds: before.rounds + rounds };
    }
  }
  return {
    ring: { bits: ring.bits, fractionBits: ring.fractionBits, linear: ring.linear, ...planOf(calibration) },
    bytes: counted.bytes,
    rounds: counted.rounds,
    multiplyAdds: counted.multiplyAdds,
    ...{ shareBytes, memoryBytes: Math.round(memoryBytes) },
    seconds: { total: together.seconds, bound: together.bound, ...(apart ? { apart: apart.seconds } : {}) },
    kinds,
    perToken: counted.steps.map(({ bytes, rounds }, i) => ({ seconds: steps[i]!, bytes: bytes.total, rounds })),
  };
}
