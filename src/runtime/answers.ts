import type { Labelling } from '../heads/head.ts';
import type { Model } from '../models/model.ts';
import type { Bytes } from '../work/bytes.ts';
import { kindEntries } from '../work/kinds.ts';
import type { Answer } from './client.ts';
import type { Report } from './messages.ts';

export type { Bytes };

/** What is read from an output, and the output itself: logits over labels or tokens, or the pooled output. */
export type Output = Labelling & { logits: number[] };

/** What a person wants of a model's output; `decode` makes text of a token. */
export function describeOutput(
  { head, labels, problem }: Model,
  output: ArrayLike<number>,
  decode: (ids: readonly number[]) => string = String,
): Output {
  const logits = Array.from(output);
  return { ...head.answer(logits, { labels, problem, decode }), logits };
}

type WithReports = Pick<Answer, 'reports'>;

/** Bytes of several inferences; every byte is counted once, where it is sent. */
export function countBytes(answers: readonly WithReports[]): Bytes {
  const sum = (of: (reports: Report[]) => number) => answers.reduce((n, { reports }) => n + of(reports), 0);
  const sent = (from: number, to: string) => sum((reports) => reports[from]!.traffic[to]?.sent ?? 0);
  const received = (at: number, from: string) => sum((reports) => reports[at]!.traffic[from]?.received ?? 0);
  const dealer = sent(0, '1') + sent(0, '2');
  const online = sent(1, '2') + sent(2, '1') + sent(1, '0') + sent(2, '0');
  const client = [0, 1, 2].reduce((n, party) => n + sent(party, 'client') + received(party, 'client'), 0);
  const perParty = [0, 1, 2].map((party) => ({
    party,
    sent: ENDS.reduce((n, end) => n + sent(party, end), 0),
    received: ENDS.reduce((n, end) => n + received(party, end), 0),
  }));
  const links = ENDS.flatMap((from) =>
    ENDS.filter((to) => to !== from).map((to) => {
      return { from, to, bytes: from === 'client' ? received(Number(to), from) : sent(Number(from), to) };
    }),
  ).filter(({ bytes }) => bytes > 0);
  return { dealer, online, client, total: dealer + online + client, perParty, links };
}

const ENDS = ['0', '1', '2', 'client'];

/** By kind of work: seconds and rounds of evaluator 1, its waiting included; what the three parties sent each other. */
export function countKinds(
  answers: readonly WithReports[],
): Record<string, { seconds: number; bytes: number; rounds: number }> {
  const kinds: Record<string, { seconds: number; bytes: number; rounds: number }> = {};
  for (const { reports } of answers) {
    for (const [party, { spent }] of reports.entries()) {
      for (const [kind, { seconds, sent, rounds }] of kindEntries(spent)) {
        const of = (kinds[kind] ??= { seconds: 0, bytes: 0, rounds: 0 });
        of.bytes += sent;
        if (party !== 1) continue;
        of.seconds += seconds;
        of.rounds += rounds;
      }
    }
  }
  return kinds;
}

/** Of a party, over all its inferences so far. */
export const peakRss = (answers: readonly WithReports[], party: number): number =>
  Math.max(...answers.map(({ reports }) => reports[party]!.peakRssBytes));
