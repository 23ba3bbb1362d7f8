import { type Cost, cost as costOf } from '../cost/cost.ts';
import { PumaError } from '../errors.ts';
import { loadKernels } from '../kernels/index.ts';
import { readModelConfig } from '../loaders/open-model.ts';
import { loadRegistry } from '../loaders/registry.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import { withFittedRings } from '../plans/rings-for.ts';
import { checkingOf } from '../runtime/checked.ts';
import { checkWhole } from './check.ts';
import { findModel, type ModelChoice } from './model.ts';

export type CostOptions = ModelChoice & {
  /** Of the text; the length that parties see, when it is padded. */
  tokens: number;
  /** Of a model that generates: how many follow. 1 when left out. */
  newTokens?: number | undefined;
  /** Whether the length is hidden. */
  padded?: boolean | undefined;
  reveal?: 'token' | 'logits' | undefined;
  /** With the check that values stay within their rings, or without it; left out, as an inference would decide. */
  checkRanges?: boolean | undefined;
  /** Ends the count. */
  signal?: AbortSignal | undefined;
};

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
  const { tokens, newTokens, padded, reveal, checkRanges, signal } = options;
  const named = await findModel(shapesOf(options), signal);
  const model = modelFor(await readModelConfig(named));
  checkTokens(model, tokens, newTokens);
  const { ring } = await withFittedRings(named, model, loadKernels(), { signal });
  const shown = reveal && model.head.reveals.all.includes(reveal) ? { reveal } : {};
  return costOf({
    ...{ model, ring, tokens, ...shown },
    ...(newTokens === undefined ? {} : { newTokens }),
    ...(padded ? { padded } : {}),
    check: checkingOf(ring, { checkRanges }).check,
    ...(signal ? { signal } : {}),
  }).catch((error) => {
    signal?.throwIfAborted(); // whatever it looks like from inside
    throw error;
  });
}

/** The registry knows the shapes of its models; a plan is of a checkpoint. */
function shapesOf(options: ModelChoice): ModelChoice {
  const { model, calibration } = options;
  if (calibration !== undefined || typeof model !== 'string' || !loadRegistry().models.has(model)) return options;
  return { ...options, model: `synthetic:${model}` };
}

function checkTokens({ head, maxTokens }: Model, tokens: number, newTokens = 1): void {
  checkWhole('tokens', tokens);
  checkWhole('newTokens', newTokens);
  const most = tokens + (head.continues ? newTokens - 1 : 0); // the last one is not read again
  if (most <= maxTokens) return;
  const more = most > tokens ? `, and ${newTokens} are to follow` : '';
  throw new PumaError('E_LENGTH', `the text has ${tokens} tokens${more}; the model takes ${maxTokens}`);
}
