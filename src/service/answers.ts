import type { Model } from '../models/model.ts';
import type { Answer } from './client.ts';
import type { Report } from './messages.ts';

export type Output = {
  /** Of a model that classifies; of one that generates, the next token; else null. */
  label: string | null;
  scores: Record<string, number> | null;
  /** Over labels, or over tokens; or the pooled output. */
  logits: number[];
};

/** What a person wants of a model's output; `decode` makes text of a token. */
export function describeOutput(
  model: Model,
  output: ArrayLike<number>,
  decode: (ids: readonly number[]) => string = String,
): Output {
  const logits = Array.from(output);
  if (model.task === 'generate') {
    const best = logits.reduce((at, logit, i) => (logit > logits[at]! ? i : at), 0);
    return { label: decode([best]), scores: null, logits };
  }
  if (model.task !== 'classify') return { label: null, scores: null, logits };
  const top = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - top));
  const total = weights.reduce((a, b) => a + b, 0);
  return {
    label: model.labels[logits.indexOf(top)]!,
    scores: Object.fromEntries(weights.map((w, i) => [model.labels[i]!, w / total])),
    logits,
  };
}

export type Bytes = {
  /** From the dealer to the evaluators. */
  dealer: number;
  /** Between the evaluators. */
  online: number;
  /** With the client, both ways. */
  client: number;
  total: number;
  perParty: { party: number; sent: number; received: number }[];
};

type Answered = Pick<Answer, 'reports'>;

/** Bytes of several inferences; every byte is counted once, where it is sent. */
export function countBytes(answers: readonly Answered[]): Bytes {
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
  return { dealer, online, client, total: dealer + online + client, perParty };
}

const ENDS = ['0', '1', '2', 'client'];

/** Of a party, over all its inferences so far. */
export const peakRss = (answers: readonly Answered[], party: number): number =>
  Math.max(...answers.map(({ reports }) => reports[party]!.peakRssBytes));
