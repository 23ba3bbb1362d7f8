/** Answers of three parties beside those of the model in the clear: how far apart, and where that begins. */
import { best } from '../heads/best.ts';
import type { Kernels } from '../kernels/index.ts';
import { openModel } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import { KEPT_BYTES, plannedWeights } from '../models/weights.ts';
import { Sites } from '../ops/sites.ts';
import type { Measured } from '../plaintext/margins.ts';
import type { PlainAnswer } from '../plaintext/plain.ts';
import { measuredAt } from '../plaintext/ranges.ts';
import { inferWatched, placedMargins } from '../plaintext/watched.ts';
import type { ModelRing } from '../rings/schema.ts';
import { describeOutput, type Output } from '../runtime/answers.ts';
import type { Answer } from '../runtime/client.ts';
import { differences, mergeDifferences } from './differences.ts';
import { type Fault, faultOf } from './fault.ts';

/** A secure answer and the one in the clear, of the same text. */
export type ComparedAnswer = Output & { plaintext: Output; logitsMax: number };

export type Comparison = {
  /** By text: the secure answer, the one in the clear, and how far apart their logits are at most. */
  results: ComparedAnswer[];
  difference: {
    logitsMax: number;
    labelsEqual: boolean;
    /** Labels that differ where the tolerance allows it: in the clear their logits are no farther apart than twice the tolerance. */
    ties: number;
    /** Of every value that the model names, over all texts: the largest and the mean distance. */
    layers: { name: string; max: number; mean: number }[];
  };
  /** The most that a logit may be off. */
  tolerance: number;
  /** Whether none is off by more. Then labels differ only in ties. */
  within: boolean;
  /** Where to look: the first error that jumps, and the site whose values its ring does not hold. Null if there is none. */
  fault: Fault | null;
};

/** Answers in the clear, and how far values went. */
export type PlainRun = { plain: PlainAnswer[]; measured: Measured[] };

export type PlainRunOptions = {
  model: ResolvedModel;
  program: Model;
  kernels: Kernels;
  queries: readonly Query[];
  onProgress?(): void;
  signal?: AbortSignal | undefined;
};

/** Computes all texts in the clear, watched. */
export async function inferAllWatched(options: PlainRunOptions): Promise<PlainRun> {
  const { model, program, kernels, queries, onProgress, signal } = options;
  const checkpoint = await openModel(model, kernels);
  try {
    const weights = plannedWeights(
      program.plan(checkpoint.names),
      checkpoint.read,
      queries.length > 1 ? KEPT_BYTES : 0,
    );
    const sites = new Sites();
    const how = { kernels, model: program, weights, ring: model.ring, sites, onProgress, signal };
    const plain: PlainAnswer[] = [];
    for (const query of queries) plain.push(await inferWatched(how, query));
    return { plain, measured: measuredAt(sites) };
  } finally {
    await checkpoint.close();
  }
}

export type CompareOptions = PlainRun & {
  program: Model;
  decode?: ((ids: readonly number[]) => string) | undefined;
  queries: readonly Query[];
  /** With every layer. */
  answers: readonly Answer[];
  /** That the weights were shared in. */
  ring: ModelRing;
  tolerance: number;
};

export async function compareAnswers(options: CompareOptions): Promise<Comparison> {
  const { program, decode, plain, measured, queries, answers, ring, tolerance } = options;
  const { output } = program.head;
  const gaps = answers.map((answer, i) => differences(plain[i]!, answer.layers, answer.output, output));
  const results = answers.map((answer, i) => ({
    ...describeOutput(program, answer.output, decode),
    plaintext: describeOutput(program, plain[i]!.output, decode),
    logitsMax: gaps[i]!.at(-1)!.max,
  }));
  const layers = mergeDifferences(gaps);
  const { max } = layers.at(-1)!;
  const different = results.filter(({ label, plaintext }) => label !== plaintext.label);
  const ties = different.filter((result) => gapOf(result) <= 2 * tolerance).length;
  const padded = queries.some(({ mask }) => mask);
  const sites = await placedMargins(program, ring, measured, padded);
  return {
    results,
    difference: { logitsMax: max, labelsEqual: different.length === 0, ties, layers },
    ...{ tolerance, within: max <= tolerance },
    fault: faultOf({ errors: layers, output: { name: output, max }, sites, tolerance }),
  };
}

/**
 * How far the two labels are apart in the clear. Of logits that are off by t at most, the largest is another one only if this is 2 t at most:
 * each of the two moves by t.
 */
const gapOf = ({ logits, plaintext }: ComparedAnswer): number =>
  plaintext.logits[best(plaintext.logits)]! - plaintext.logits[best(logits)]!;
