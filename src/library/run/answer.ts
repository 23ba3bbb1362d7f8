import { type Bytes, countBytes, describeOutput, type Output } from '../../runtime/answers.ts';
import { signal } from '../fields.ts';
import { type Padding, queryOf, WORDS_FIELDS, type Words } from './query.ts';
import type { Running } from './running.ts';
import { checkTask } from './task.ts';

export type Question = Words &
  Padding & {
    /** Gives up this answer; the parties go on. */
    signal?: AbortSignal | undefined;
  };

export const QUESTION_FIELDS = { ...WORDS_FIELDS, signal };

/** `label` and `scores` are null of a model that does not classify: its `logits` are the pooled output. */
export type InferResult = Output & {
  /** From the first byte sent to the answer read. */
  seconds: number;
  /** On all links, headers included: counted where they are sent. */
  bytes: Bytes;
  /** Messages on the longest chain of messages that wait for each other. */
  rounds: number;
  /** What the files of the checkpoint say that is not used, if there is anything. */
  warnings?: string[];
};

/** One answer of parties that run. */
export async function answer(running: Running, { signal, ...question }: Question): Promise<InferResult> {
  const { reader } = running;
  checkTask(reader, false);
  const answer = await running.ask(queryOf(reader, question), signal);
  const { output, seconds, rounds } = answer;
  return {
    ...describeOutput(reader.program, output),
    seconds,
    bytes: countBytes([answer]),
    rounds,
    ...running.warned,
  };
}
