import type { ReferenceComparison } from '../evaluate/against.ts';
import { type Comparison, compareAnswers, inferAllWatched } from '../evaluate/compare.ts';
import { TOLERANCE } from '../evaluate/fault.ts';
import { REFERENCE_TOLERANCE } from '../evaluate/reference.ts';
import type { Query } from '../models/query.ts';
import { tapNames } from '../plaintext/taps.ts';
import type { Answer } from '../runtime/client.ts';
import { openReference } from './compare-reference.ts';
import { checkOptions, type Fields, list, positive, text, whole } from './fields.ts';
import { during } from './progress.ts';
import type { Padding, Words } from './run/query.ts';
import { prepareRun, type Run, START_FIELDS, type StartOptions } from './run/run.ts';
import type { RunReport } from './run/running.ts';

export { type Comparison, REFERENCE_TOLERANCE, type ReferenceComparison, TOLERANCE };

/** What both sides took besides. */
export type ComparedRun = {
  run: Omit<RunReport, 'seconds'> & {
    seconds: RunReport['seconds'] & { plaintext: number };
    /** The lengths that parties saw, in tokens. */
    lengths: number[];
  };
};

/** `reference`: with a reference, how far both sides are from it. */
export type Compared = Comparison & ComparedRun & { reference?: ReferenceComparison };

export type CompareOptions = StartOptions &
  Padding & {
    /** Texts, or pairs of texts; at least one of these or of `ids`. */
    texts?: readonly (string | Words)[] | undefined;
    /** Token ids of further texts. */
    ids?: readonly (readonly number[])[] | undefined;
    /** A file that scripts/reference.py made of this checkpoint: its texts, and what transformers computes of them. It has both sides compared. */
    reference?: string | undefined;
    /** The most that a logit may be off; 0.1 when left out, 0.02 with a reference. */
    tolerance?: number | undefined;
  };

const FIELDS: Fields<CompareOptions> = {
  ...START_FIELDS,
  ...{ texts: list, ids: list, padTo: whole(), reference: text, tolerance: positive },
};

/**
 * How exact is it? The same texts in the clear and by three parties, who open every layer for this. Of a model that generates, the logits of
 * the next token are compared, and a label is that token. If a logit is off by more than the tolerance, or a site of the model does not hold its
 * values, `fault` says where to look. The ranges of values are not checked unless that is asked for: a comparison shows what is wrong.
 *
 *     const { difference, within, fault } = await comparePlaintext({ model: 'bert-tiny-sst2', texts: ['a quietly moving film'] });
 *     console.log(difference.logitsMax, within, fault?.message);
 *
 * With a `reference`, token ids are compared first, and then both sides with transformers.
 *
 * @throws what infer() throws; E_REFERENCE for a file that is broken or of another checkpoint, E_DIFFERENCE for token ids that differ from its
 */
export async function comparePlaintext(options: CompareOptions): Promise<Compared> {
  checkOptions(FIELDS, options);
  const reference = options.reference === undefined ? undefined : await openReference(options.reference, options);
  const { tolerance = reference ? REFERENCE_TOLERANCE : TOLERANCE, checkRanges = false, padTo } = options;
  const run = await prepareRun({ ...options, checkRanges });
  await reference?.check(run);
  const queries = queriesOf(run, reference ? { texts: reference.texts, padTo } : options);
  const tokens = reference?.compareIds(run, queries) ?? 0;
  const model = await run.model();
  const { program, tokenizer } = run.reader;
  const began = performance.now();
  const plain = await inferPlain(run, queries);
  const plaintext = (performance.now() - began) / 1000;
  const running = await run.start({ revealLayers: true });
  try {
    const answers: Answer[] = [];
    for (const query of queries) answers.push(await running.ask({ ...query, layers: true }));
    const { ring } = running.manifest;
    const all = { ...plain, program, decode: tokenizer?.decode, queries, answers, ring, tolerance };
    const comparison = await compareAnswers(all);
    const found = { answers: comparison.results, tolerance, tokens, padTo };
    const compared = reference && { reference: await reference.compare(running, found) };
    const report = running.report();
    return {
      ...{ ...comparison, ...compared },
      run: { ...report, seconds: { ...report.seconds, plaintext }, lengths: queries.map(({ ids }) => ids.length) },
    };
  } finally {
    await running.close();
  }

  async function inferPlain({ reader, options: { kernels, signal, onProgress } }: Run, queries: readonly Query[]) {
    const values = queries.length * (await tapNames(reader.program)).length;
    return during(onProgress, 'clear', values, (to) => {
      let done = 0;
      return inferAllWatched({ model, program, kernels, queries, signal, onProgress: () => to(++done) });
    });
  }
}

/** Queries that show what is compared. */
function queriesOf(run: Run, { texts = [], ids = [], padTo }: CompareOptions): Query[] {
  const given: Partial<Words>[] = [
    ...texts.map((text) => (typeof text === 'string' ? { text } : text)),
    ...ids.map((ids) => ({ ids })),
  ];
  const all = given.length > 0 ? given : [{}];
  return all.map((one, i) => {
    const where = one.where ?? (all.length === 1 ? 'the text' : `text ${i + 1}`);
    const query = run.query({ ...(one as Words), where, padTo });
    return { ...query, reveal: run.reader.program.head.reveals.compared };
  });
}
