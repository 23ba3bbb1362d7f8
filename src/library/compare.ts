import { type Comparison, compareAnswers, inferAllWatched } from '../evaluate/compare.ts';
import { TOLERANCE } from '../evaluate/fault.ts';
import { loadKernels } from '../kernels/index.ts';
import type { Query } from '../models/query.ts';
import type { Answer } from '../runtime/client.ts';
import { checkPositive } from './check.ts';
import type { ModelChoice } from './model.ts';
import { planFor } from './parties.ts';
import { type Padding, queryOf, type Words } from './query.ts';
import { type RunOptions, run } from './running.ts';

export type { Comparison };

export type CompareOptions = ModelChoice &
  RunOptions &
  Padding & {
    /** Texts, or pairs of texts; at least one of these or of `ids`. */
    texts?: readonly (string | { text: string; pair?: string })[] | undefined;
    /** Token ids of further texts. */
    ids?: readonly (readonly number[])[] | undefined;
    /** The most that a logit may be off; 0.1 when left out. */
    tolerance?: number | undefined;
  };

/**
 * How exact is it? The same texts in the clear and by three parties, who open every layer for this. Of a model that generates, the logits of
 * the next token are compared, and a label is that token. If a logit is off by more than the tolerance, or a site of the model does not hold its
 * values, `fault` says where to look.
 *
 *     const { difference, within, fault } = await comparePlaintext({ model: 'bert-tiny-sst2', texts: ['a quietly moving film'] });
 *     console.log(difference.logitsMax, within, fault?.message);
 *
 * @throws what infer() throws
 */
export async function comparePlaintext(options: CompareOptions): Promise<Comparison> {
  const { texts = [], ids = [], padTo, kernels = loadKernels(), tolerance = TOLERANCE, checkRanges = false } = options;
  checkPositive('tolerance', tolerance);
  const { reader, from } = await planFor(options);
  const { program, tokenizer } = reader;
  const words = [...texts.map((text) => (typeof text === 'string' ? { text } : text)), ...ids.map((ids) => ({ ids }))];
  const queries = (words.length > 0 ? words : [{} as Words]).map((one, i): Query => {
    const query = queryOf(reader, { ...one, padTo }, words.length === 1 ? 'the text' : `text ${i + 1}`);
    return { ...query, reveal: program.head.reveals.compared };
  });
  const plain = await inferAllWatched({ model: from.model, program, kernels, queries, signal: options.signal });
  const running = await run({ reader, from, revealLayers: true }, { ...options, kernels, checkRanges });
  try {
    const answers: Answer[] = [];
    for (const query of queries) answers.push(await running.ask({ ...query, layers: true }));
    const { ring } = running.manifest;
    return await compareAnswers({ ...plain, program, decode: tokenizer?.decode, queries, answers, ring, tolerance });
  } finally {
    await running.close();
  }
}
