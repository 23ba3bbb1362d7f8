/** A data set through both sides, a few rows at a time. */
import type { Scoring } from '../heads/head.ts';
import type { Query } from '../models/query.ts';
import type { Measured } from '../plaintext/margins.ts';
import type { PlainAnswer } from '../plaintext/plain.ts';
import { countBytes } from '../runtime/answers.ts';
import type { Shown, Took } from '../runtime/client.ts';
import { uniformFrom } from '../runtime/sample.ts';
import { type BatchRecord, type Row, recordOf } from './record.ts';

export type EvaluateOptions = {
  scoring: Scoring;
  /** How many rows are asked together: they share rounds. */
  batch: number;
  /** Of how many of the rows every layer is opened: of the first. */
  layersOf: number;
  inferPlain(query: Query): Promise<PlainAnswer>;
  inferSecure(queries: readonly Query[]): Promise<{ texts: Shown[] } & Took>;
  /** How far values have gone in the clear where they went further than when this was asked last. */
  ranges(): Measured[];
  /** Keeps what is done; the next rows wait for it. */
  record(batch: BatchRecord): Promise<void>;
};

/** Asks for all rows but those that are done already. */
export async function evaluate(rows: readonly Row[], done: ReadonlySet<number>, options: EvaluateOptions) {
  const { batch, layersOf } = options;
  for (const [part, layers] of [
    [rows.slice(0, layersOf), true],
    [rows.slice(layersOf), false],
  ] as const) {
    const left = part.filter(({ row }) => !done.has(row));
    for (let i = 0; i < left.length; i += batch) {
      await options.record(await ask(left.slice(i, i + batch), layers, options));
    }
  }
}

async function ask(rows: readonly Row[], layers: boolean, options: EvaluateOptions): Promise<BatchRecord> {
  const { scoring, inferPlain, inferSecure, ranges } = options;
  const began = performance.now();
  const queries = rows.map(({ query }) => ({ ...query, layers, ...(scoring === 'tokens' ? EVERY : {}) }));
  const plain: PlainAnswer[] = [];
  for (const query of queries) plain.push(await inferPlain(query));
  const plaintext = (performance.now() - began) / 1000;
  const { texts, ...took } = await inferSecure(queries);
  const { dealer, online, client, total, perParty } = countBytes([took]);
  return {
    rows: rows.map((row, i) => recordOf(scoring, row, plain[i]!, texts[i]!)),
    opened: layers,
    seconds: { plaintext, secure: took.seconds },
    rounds: took.rounds,
    bytes: { dealer, online, client, total, perParty },
    ranges: ranges(),
  };
}

const EVERY = { reveal: 'every' } as const;

export type Selection = { limit?: number; seed?: number };

/** So many of n rows, in their order: the first, or with a seed a random sample that is the same every time. */
export function selectRows(n: number, { limit = n, seed }: Selection): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  if (limit >= n) return all;
  if (seed === undefined) return all.slice(0, limit);
  const uniform = uniformFrom(seed);
  for (let i = 0; i < limit; i++) {
    const j = i + Math.floor(uniform() * (n - i)); // Fisher and Yates
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all.slice(0, limit).sort((a, b) => a - b);
}
