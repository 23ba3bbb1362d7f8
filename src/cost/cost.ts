/**
 * What an inference costs, without running it: the parties' own program on shapes alone. Kernels count instead of computing, links are
 * memory, weights are nowhere. So bytes and rounds are those of a real run, to the byte.
 */
import type { Reveal } from '../heads/head.ts';
import { noWork, type Work } from '../kernels/dry.ts';
import type { Query } from '../models/query.ts';
import { type Bytes, countBytes } from '../runtime/answers.ts';
import type { Answer } from '../runtime/client.ts';
import { following } from '../runtime/generate.ts';
import { kindEntries, type WorkKind } from '../work/kinds.ts';
import { Counter, type DryOptions, HeldBytes, ROLES, startDry } from './dry-run.ts';

export type CostOptions = DryOptions & {
  tokens: number;
  /** Of the same text, which the parties have read before: they are not counted. */
  past?: number;
  /** Of a model that generates: how many follow; 1 when left out. */
  newTokens?: number;
  /** Whether the length is hidden: the mask is shared too. */
  padded?: boolean;
  reveal?: Reveal;
  /** Whether ranges are checked. */
  check?: boolean;
};

export type StepCost = {
  bytes: Bytes;
  rounds: number;
  kinds: Partial<Record<WorkKind, KindCost>>;
  /** Processor time of the dry run: what the program takes apart from its kernels, at three parties and the client together. */
  dryTime: number;
};

/** Of party 0, 1 and 2. */
export type EachParty<T> = readonly [T, T, T];

/** Of one kind of work: bytes and messages that parties send to each other, rounds that pass, and loops of kernels. */
export type KindCost = { sent: number; sentBy: EachParty<number>; rounds: number; work: EachParty<Work> };

export type Cost = {
  bytes: Bytes;
  rounds: number;
  /** The whole text, or what follows the past; then each further token. */
  steps: StepCost[];
  /** Multiply-adds of all parties. */
  multiplyAdds: number;
  /** The most that arrays took at once during the dry run, garbage included. */
  heldBytes: number;
};

/** Bytes, rounds and work of an inference of any model, by its shapes. */
export async function cost(options: CostOptions): Promise<Cost> {
  const { model, newTokens = 1, signal } = options;
  const counters = ROLES.map(() => new Counter());
  const memory = new HeldBytes();
  const { client, served } = await startDry(options, counters, memory);
  const answers: Answer[] = [];
  const steps: StepCost[] = [];
  let query = await firstQuery(options, async (past) => {
    await client.infer(past);
    for (const counter of counters) counter.take();
  });
  for (let i = 0; i < (model.head.continues ? newTokens : 1); i++) {
    signal?.throwIfAborted();
    const before = process.cpuUsage();
    const answer = await client.infer(query);
    const { user, system } = process.cpuUsage(before);
    steps.push(stepCost(answer, counters, (user + system) / 1e6));
    answers.push(answer);
    query = following(query, 0);
  }
  await client.close();
  await served;
  return {
    bytes: countBytes(answers),
    rounds: answers.reduce((n, { rounds }) => n + rounds, 0),
    steps,
    multiplyAdds: sum(steps.flatMap(({ kinds }) => Object.values(kinds).flatMap(({ work }) => work.map(addsOf)))),
    heldBytes: memory.most,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const addsOf = ({ multiplyAdds: { one, few, many } }: Work): number => one + few + many;

function stepCost(answer: Answer, counters: readonly Counter[], dryTime: number): StepCost {
  const work = counters.map((counter) => counter.take());
  const spent = answer.reports.map((report) => report.spent);
  const names = new Set([
    ...spent.flatMap((kinds) => kindEntries(kinds).map(([kind]) => kind)),
    ...work.flatMap((kinds) => [...kinds.keys()]),
  ]);
  const each = <T>(of: (role: number) => T) => ROLES.map(of) as unknown as EachParty<T>;
  const kinds = [...names].map((kind): [WorkKind, KindCost] => {
    const sentBy = each((role) => spent[role]![kind]?.sent ?? 0);
    const rounds = Math.max(...spent.map((kinds) => kinds[kind]?.rounds ?? 0));
    return [kind, { sent: sum(sentBy), sentBy, rounds, work: each((role) => work[role]!.get(kind) ?? noWork()) }];
  });
  return { bytes: countBytes([answer]), rounds: answer.rounds, kinds: Object.fromEntries(kinds), dryTime };
}

/** `read` is given what stands before it. */
async function firstQuery(
  { tokens, past = 0, padded = false, reveal, check = false }: CostOptions,
  read: (past: Query) => Promise<void>,
): Promise<Query> {
  const queryOf = (n: number): Query => {
    const fill = (value: number) => Array<number>(n).fill(value);
    return {
      ids: fill(0),
      types: fill(0),
      ...(padded ? { mask: fill(1) } : {}),
      ...(reveal ? { reveal } : {}),
      layers: false,
      check,
    };
  };
  if (past === 0) return queryOf(tokens);
  const before = queryOf(past);
  await read(before);
  return following(before, ...Array<number>(tokens).fill(0));
}
