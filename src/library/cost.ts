import { type Case, caseFor } from '../bench/cases.ts';
import { type Cost, cost as costOf } from '../cost/cost.ts';
import { loadKernels } from '../kernels/index.ts';
import { readModelConfig } from '../loaders/open-model.ts';
import { loadRegistry } from '../loaders/registry.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import { tapNames } from '../plaintext/taps.ts';
import { withFittedRings } from '../plans/rings-for.ts';
import { checkingOf } from '../runtime/checked.ts';
import { checkOptions, choice, type Fields, flag, whole } from './fields.ts';
import { during } from './progress.ts';
import { findModel, MODEL_FIELDS, type ModelChoice } from './run/model.ts';
import { RUN_FIELDS, type RunOptions } from './run/options.ts';
import { checkApply } from './run/task.ts';

export type CostOptions = Omit<ModelChoice, 'unsafeRanges'> &
  Pick<RunOptions, 'kernels' | 'signal' | 'checkRanges' | 'onProgress'> & {
    /** Of the text; the length that parties see, when it is padded. 128 when left out, or 32 of a model that generates. */
    tokens?: number | undefined;
    /** Of a model that generates: so many tokens of the text have been read before, in a conversation. 0 when left out. */
    past?: number | undefined;
    /** Of a model that generates: how many follow. 1 when left out. */
    newTokens?: number | undefined;
    /** Whether the length is hidden. */
    padded?: boolean | undefined;
    reveal?: 'token' | 'logits' | undefined;
  };

const { unsafeRanges: _, ...MODEL } = MODEL_FIELDS;
const { kernels, signal, checkRanges, onProgress } = RUN_FIELDS;

export const COST_FIELDS: Fields<CostOptions> = {
  ...{ ...MODEL, kernels, signal, checkRanges, onProgress },
  ...{ tokens: whole(), past: whole(0), newTokens: whole(), padded: flag, reveal: choice('token', 'logits') },
};

/** What is counted, and with which rings. */
export type Counted = { found: ResolvedModel; model: Model; asked: Case; cost: Cost };

/**
 * What an inference would cost: bytes, rounds and work, exactly, without running it and without any weights. A model of the registry need not
 * be on this disk.
 *
 *     const { bytes, rounds } = await cost({ model: 'bert-base-uncased', tokens: 128 });
 *     console.log(bytes.total / 1e6, 'MB', rounds, 'rounds');
 *
 * @returns bytes on all links (dealer, online, client, total, per party), rounds, each step's share of them, and each party's work
 * @throws PumaError E_MODEL, E_RING, E_CALIBRATION, E_RANGE, E_OPTION, E_LENGTH (more tokens than the model takes); the signal's reason
 */
export async function cost(options: CostOptions): Promise<Cost> {
  checkOptions(COST_FIELDS, options);
  return (await countCost(options)).cost;
}

/** Rings that do not hold a plan's values are counted all the same: nothing is computed. */
export async function countCost(options: CostOptions): Promise<Counted> {
  const { kernels = loadKernels(), onProgress, signal } = options;
  const named = await findModel({ ...shapesOf(options), unsafeRanges: true }, options);
  const model = modelFor(await readModelConfig(named));
  checkApply({ name: named.name, program: model }, { generating: { reveal: options.reveal, past: options.past } });
  const asked = caseFor(named.name.replace(/^synthetic:/, ''), model, options);
  const found = named.entry || named.calibration ? named : await fitted(named, model, { ...options, kernels });
  const names = await tapNames(model);
  const steps = model.head.continues ? Math.max(1, asked.newTokens) : 1;
  const counted = during(onProgress, 'count', steps * names.length, (to) => {
    let done = 0;
    return costOf({ ...sizesOf(options, found, model, asked), onProgress: (name) => to(++done, name) });
  });
  const cost = await counted.catch((error) => {
    signal?.throwIfAborted(); // whatever it looks like from inside
    throw error;
  });
  return { found, model, asked, cost };
}

/** The rings of a checkpoint that is neither planned nor registered follow from its weights. */
async function fitted(
  named: ResolvedModel,
  model: Model,
  options: CostOptions & { kernels: NonNullable<CostOptions['kernels']> },
): Promise<ResolvedModel> {
  const { kernels, onProgress, signal } = options;
  return during(onProgress, 'measure', model.plan().length, (onTensor) =>
    withFittedRings(named, model, kernels, { signal, onTensor }),
  );
}

function sizesOf(options: CostOptions, { ring }: ResolvedModel, model: Model, { tokens, newTokens }: Case) {
  const { past, padded, reveal, checkRanges, signal } = options;
  return {
    ...{ model, ring, tokens, newTokens: Math.max(1, newTokens), check: checkingOf(ring, { checkRanges }).check },
    ...(reveal ? { reveal } : {}),
    ...(past ? { past } : {}),
    ...(padded ? { padded } : {}),
    ...(signal ? { signal } : {}),
  };
}

/** The registry knows the shapes of its models; a plan is of a checkpoint. */
function shapesOf(options: CostOptions): CostOptions {
  const { model, calibration } = options;
  if (calibration !== undefined || typeof model !== 'string' || !loadRegistry().models.has(model)) return options;
  return { ...options, model: `synthetic:${model}` };
}
