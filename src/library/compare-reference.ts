/** A comparison with what transformers computed of the same texts (scripts/reference.py). */
import { option, PumaError, words } from '../errors.ts';
import { compareWithReference, type ReferenceComparison } from '../evaluate/against.ts';
import type { ComparedAnswer } from '../evaluate/compare.ts';
import { checkReference, type Reference, type ReferenceCase, readReference } from '../evaluate/reference.ts';
import { compareIds } from '../evaluate/token-ids.ts';
import type { Query } from '../models/query.ts';
import { stepOf } from './progress.ts';
import { continueText } from './run/continue.ts';
import type { Padding, Words } from './run/query.ts';
import type { Run } from './run/run.ts';
import type { Running } from './run/running.ts';

/** What a file gives: the texts, and what is to come of them. */
export type OpenedReference = {
  texts: Words[];
  /** Throws E_REFERENCE unless it is of this checkpoint. */
  check(run: Run): Promise<void>;
  /** How many token ids there are. Throws E_DIFFERENCE where they are others. */
  compareIds(run: Run, queries: readonly Query[]): number;
  compare(
    running: Running,
    found: { answers: readonly ComparedAnswer[]; tolerance: number; tokens: number } & Padding,
  ): Promise<ReferenceComparison>;
};

/** Throws E_OPTION for texts beside it, E_MISSING, E_REFERENCE. */
export async function openReference(
  file: string,
  others: { texts?: unknown; ids?: unknown },
): Promise<OpenedReference> {
  const stray = (['texts', 'ids'] as const).find((name) => others[name] !== undefined);
  if (stray) {
    const message = words`${option('reference')} has texts of its own`;
    throw new PumaError('E_OPTION', message, words`Leave out ${option(stray)}.`);
  }
  const reference = await readReference(file);
  const { cases } = reference;
  return {
    texts: cases.map((one, i) => ({ ...askedOf(one), where: `text ${i + 1} of ${file}` })),
    async check(run) {
      const { signal, onProgress } = run.options;
      let step: ReturnType<typeof stepOf> | undefined;
      const hashed = (bytes: number, total: number) => (step ??= stepOf(onProgress, 'hash', total)).to(bytes);
      const { outputs } = run.reader.program;
      const options = { signal, onProgress: hashed };
      await checkReference(file, reference, await run.model(), outputs, options).finally(() => step?.end());
    },
    compareIds: ({ reader }, queries) => compareIds(cases, queries, reader.tokenizer?.decode),
    async compare(running, { padTo, ...found }) {
      const { program, tokenizer } = running.reader;
      const written = await write(running, reference, padTo);
      return compareWithReference({ ...found, reference, program, decode: tokenizer?.decode, written });
    },
  };
}

const askedOf = ({ text, pair, ids }: ReferenceCase): Words => (text === undefined ? { ids } : { text, pair });

/** The tokens that the parties write of each text, as many as the reference has; none where it has one, which the logits show. */
async function write(running: Running, { cases }: Reference, padTo: number | undefined): Promise<number[][]> {
  const written: number[][] = [];
  for (const { ids, next = [] } of cases) {
    const tokens: number[] = [];
    const how = { padTo, maxNewTokens: next.length, eos: [], ignoreGenerationConfig: true };
    if (next.length > 1) for await (const { id } of continueText(running, { ids, ...how })) tokens.push(id);
    written.push(tokens);
  }
  return written;
}
