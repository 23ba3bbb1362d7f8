import { loadKernels } from '../kernels/index.ts';
import { openModel } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { plannedWeights } from '../models/weights.ts';
import { describeOutput, type Output } from '../service/answers.ts';
import type { Answer, Query } from '../service/client.ts';
import { differences, inferPlain, mergeDifferences, type PlainAnswer } from '../service/plain.ts';
import type { ModelChoice, Reader } from './model.ts';
import { planFor } from './parties.ts';
import { type Padding, queryOf, type Words } from './query.ts';
import { type RunOptions, run } from './running.ts';

export type CompareOptions = ModelChoice &
  RunOptions &
  Padding & {
    /** Texts, or pairs of texts; at least one of these or of `ids`. */
    texts?: readonly (string | { text: string; pair?: string })[] | undefined;
    /** Token ids of further texts. */
    ids?: readonly (readonly number[])[] | undefined;
  };

export type Comparison = {
  /** By text: the secure answer, the one in the clear, and how far apart their logits are at most. */
  results: (Output & { plaintext: Output; logitsMax: number })[];
  difference: {
    logitsMax: number;
    labelsEqual: boolean;
    /** Of every value that the model names, over all texts: the largest and the mean distance. */
    layers: { name: string; max: number; mean: number }[];
  };
};

/**
 * How exact is it? The same texts in the clear and by three parties, who open every layer for this. Of a model that generates, the logits of
 * the next token are compared, and a label is that token.
 *
 *     const { difference } = await comparePlaintext({ model: 'bert-tiny-sst2', texts: ['a quietly moving film'] });
 *     console.log(difference.logitsMax, difference.labelsEqual);
 *
 * @throws what infer() throws
 */
export async function comparePlaintext(options: CompareOptions): Promise<Comparison> {
  const { texts = [], ids = [], padTo, kernels = loadKernels() } = options;
  const plan = await planFor(options);
  const words = [...texts.map((text) => (typeof text === 'string' ? { text } : text)), ...ids.map((ids) => ({ ids }))];
  const queries = (words.length > 0 ? words : [{} as Words]).map((one, i): Query => {
    const query = queryOf(plan.reader, { ...one, padTo }, words.length === 1 ? 'the text' : `text ${i + 1}`);
    return plan.reader.program.task === 'generate' ? { ...query, reveal: 'logits' } : query;
  });
  const plain = await inferAllPlain(plan.from.model, plan.reader, queries, { ...options, kernels });
  const running = await run({ ...plan, revealLayers: true }, { ...options, kernels });
  try {
    const answers: Answer[] = [];
    for (const query of queries) answers.push(await running.ask({ ...query, layers: true }));
    return comparisonOf(plan.reader, plain, answers);
  } finally {
    await running.close();
  }
}

type Plainly = Pick<RunOptions, 'signal'> & { kernels: NonNullable<RunOptions['kernels']> };

async function inferAllPlain(
  model: ResolvedModel,
  { program }: Reader,
  queries: readonly Query[],
  { kernels, signal }: Plainly,
): Promise<PlainAnswer[]> {
  const checkpoint = await openModel(model, kernels);
  try {
    const weights = plannedWeights(program.plan(checkpoint.names), checkpoint.read, queries.length > 1);
    const answers: PlainAnswer[] = [];
    for (const query of queries) {
      answers.push(await inferPlain({ kernels, model: program, weights, ...(signal ? { signal } : {}) }, query));
    }
    return answers;
  } finally {
    await checkpoint.close();
  }
}

/** How far secure answers, with every layer, are from those in the clear. */
export function comparisonOf(
  { program, tokenizer }: Pick<Reader, 'program' | 'tokenizer'>,
  plain: readonly PlainAnswer[],
  answers: readonly Answer[],
): Comparison {
  const output = program.task === 'embed' ? 'output' : 'logits';
  const gaps = answers.map((answer, i) => differences(plain[i]!, answer.layers, answer.output, output));
  const describe = (output: ArrayLike<number>) => describeOutput(program, output, tokenizer?.decode);
  const results = answers.map((answer, i) => ({
    ...describe(answer.output),
    plaintext: describe(plain[i]!.output),
    logitsMax: gaps[i]!.at(-1)!.max,
  }));
  const layers = mergeDifferences(gaps);
  const labelsEqual = results.every((result) => result.label === result.plaintext.label);
  return { results, difference: { logitsMax: layers.at(-1)!.max, labelsEqual, layers } };
}
