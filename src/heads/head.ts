import type { Ops } from '../ops/ops.ts';

/** What a client may be shown: the output; the next token alone, its logits, or the logits behind every token. */
export const REVEALS = ['output', 'token', 'logits', 'every'] as const;
export type Reveal = (typeof REVEALS)[number];

/** How answers over a data set are scored: each has its records and metrics (evaluate/record.ts, summary.ts). */
export type Scoring = 'labels' | 'scores' | 'vectors' | 'tokens';

/** What people read from an output: a label, or the next token; scores of all labels. */
export type Labelling = { label: string | null; scores: Record<string, number> | null };

/** What logits over labels mean: one label holds, each holds or does not, or they are numbers. */
export type Problem = 'one' | 'several' | 'number';

/** What an answer takes beside the output: the model's labels and what its logits over them mean, and what makes text of tokens. */
export type Reading = {
  labels: readonly string[];
  problem?: Problem | undefined;
  decode(ids: readonly number[]): string;
};

/** A linear layer that a head adds to a backbone: its name in forward() and in checkpoints. */
export type HeadLayer = {
  name: string;
  file: string;
  inputs: number;
  outputs: number;
  /** It gives a number for each word, without a bias: config.json may say that its weights are those of the embedding. */
  unembeds?: true;
};

/** What a backbone tells its head. */
export type Backbone = { width: number; vocabulary: number; labels: readonly string[] };

/** What a model gives out, and all that callers need to know of it. A model has one, and `task` in files is its name. */
export type Head<Name extends string = string> = {
  readonly name: Name;
  /** How transformers' classes with this head end: BertForSequenceClassification. */
  readonly ending: string;
  /** What it sits on: an encoder gives the pooled first token [1, width], a decoder the normalised last token, or every one. */
  readonly backbone: 'encoder' | 'decoder';
  /** Whether the numbers of the output have the labels of config.json. */
  readonly labelled: boolean;
  layers(backbone: Backbone): readonly HeadLayer[];
  /** What the backbone gives -> the output, tapped by its name. [m, width] -> [m, outputs of the last layer] */
  forward<T>(ops: Ops<T>, given: T): Promise<T>;
  /** `classifies`, in messages about a model. */
  readonly verb: string;
  /** Whether each answer is a token that the text goes on with: then padding stands in front, and a data set is one long text. */
  readonly continues: boolean;
  /** Whether the parties look for the largest number of the output: then the ring of logits must hold it. */
  readonly argmax: boolean;
  /** What the client is shown. */
  readonly reveals: {
    /** When it asks for nothing. */
    usual: Reveal;
    /** When the output is compared with that of the model in the clear. */
    compared: Reveal;
    /** All that it may ask for. */
    all: readonly Reveal[];
    /** Of these, what the model owner must have permitted. */
    permitted: readonly Reveal[];
  };
  /** The output by the name it is tapped and compared under: `logits`. */
  readonly output: string;
  scoring(labels: readonly string[]): Scoring;
  answer(output: readonly number[], reading: Reading): Labelling;
  readonly words: Words;
};

/** What reports call things. */
export type Words = {
  /** The answer, one and many, and how one is written; null where only numbers come out. */
  answer: { one: string; many: string; written(label: string): string } | null;
  /** The output as a title, all its numbers, each of them, the output as a column of answers, and what is said where it is too far off. */
  output: { title: string; many: string; each: string; shown: string; differs: string };
  /** A row of a data set, and what a row costs. */
  row: { one: string; priced: string };
};
