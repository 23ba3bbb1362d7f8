import { z } from 'zod';
import { PumaError } from '../errors.ts';
import type { Problem } from '../heads/head.ts';
import type { Activation } from '../ops/ops.ts';
import { activation } from './activations.ts';
import type { Shape } from './architecture.ts';
import { multipleOf, only, parseConfig, positiveInteger, positiveNumber } from './config.ts';
import { BERT_FILES, type EncoderFiles, ROBERTA_FILES, XLM_ROBERTA_FILES } from './encoders/files.ts';

export type BertConfig = Shape & {
  files: EncoderFiles;
  /** 0 where the model has no types of tokens. */
  types: number;
  /** Columns of the embeddings; they are projected to the width if that is another. */
  embedded: number;
  /** The row of the table of positions that the first token of a text takes. */
  firstPosition: number;
  activation: Activation;
  epsilon: number;
  labels: string[];
  problem: Problem;
  /** Of RoBERTa: the token that has no position. */
  padId: number | undefined;
  /** By the name of the head: the activation of the layer that reads the first token. Without one, its state is given as it is. */
  pools: Readonly<Record<string, Activation>>;
  /** What is added to scores: a table of so many rows, and the row for a distance from query to key. */
  relative?: { rows: number; bucket(distance: number): number };
};

const PROBLEM_TYPES = 'expected regression, single_label_classification or multi_label_classification';

/** Keys of config.json that say what a classifier's logits mean. */
export const labelKeys = {
  num_labels: positiveInteger.nullish(),
  id2label: z
    .record(z.string(), z.string('expected a string'), 'expected an object')
    .refine((labels) => isNumbered(Object.keys(labels)), 'expected keys "0", "1", ... without a gap')
    .nullish(),
  problem_type: z
    .enum(['regression', 'single_label_classification', 'multi_label_classification'], PROBLEM_TYPES)
    .nullish(),
};

type RawLabels = z.output<z.ZodObject<typeof labelKeys>>;

/** For a refinement of a schema with these keys. */
export const singleOfOne: [(raw: RawLabels) => boolean, { path: string[]; error: string }] = [
  ({ problem_type: problem, ...raw }) => problem !== 'single_label_classification' || countOf(raw) > 1,
  { path: ['problem_type'], error: 'expected regression, as there is one label' },
];

/** What the labels are, and what logits over them mean. */
export const labelling = (raw: RawLabels): Pick<BertConfig, 'labels' | 'problem'> => ({
  labels: labelsOf(raw.id2label, raw.num_labels ?? 2),
  problem: problemOf(raw.problem_type, countOf(raw)),
});

/** Pruned heads are no part of a checkpoint that is read here. */
export const prunedHeads = z
  .record(z.string(), z.unknown(), 'expected an object')
  .refine((pruned) => Object.keys(pruned).length === 0, 'expected {}: pruned heads are not supported')
  .optional();

const schema = z
  .object({
    vocab_size: positiveInteger,
    type_vocab_size: positiveInteger.default(2),
    max_position_embeddings: positiveInteger,
    hidden_size: positiveInteger,
    intermediate_size: positiveInteger,
    num_hidden_layers: positiveInteger,
    num_attention_heads: positiveInteger,
    hidden_act: activation.default('gelu'),
    layer_norm_eps: positiveNumber.default(1e-12),
    ...labelKeys,
    position_embedding_type: only('absolute', 'relative positions are not supported'),
    is_decoder: only(false, 'BERT as a decoder is not supported'),
    add_cross_attention: only(false, 'cross attention is not supported'),
    pad_token_id: z.int('expected a whole number').nullish(),
    pruned_heads: prunedHeads,
  })
  .refine(...singleOfOne)
  .refine((raw) => raw.hidden_size % raw.num_attention_heads === 0, multipleOf('hidden_size', 'num_attention_heads'));

/** Checks a config.json of BERT, RoBERTa or XLM-RoBERTa; keys with a default in transformers may be left out. Throws E_CONFIG. */
export function bertConfig(config: unknown, type = 'bert'): BertConfig {
  const raw = parseConfig(schema, config);
  const padId = type === 'bert' ? undefined : padIdOf(raw);
  // RoBERTa's positions begin behind that of the padding token
  const firstPosition = padId === undefined ? 0 : padId + 1;
  return {
    files: FILES[type] ?? BERT_FILES,
    vocabulary: raw.vocab_size,
    types: raw.type_vocab_size,
    embedded: raw.hidden_size,
    positions: raw.max_position_embeddings - firstPosition,
    firstPosition,
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    activation: raw.hidden_act,
    epsilon: raw.layer_norm_eps,
    ...labelling(raw),
    padId,
    pools: { classify: 'tanh', embed: 'tanh' },
  };
}

const FILES: Readonly<Record<string, EncoderFiles>> = { roberta: ROBERTA_FILES, 'xlm-roberta': XLM_ROBERTA_FILES };

const isNumbered = (keys: readonly string[]): boolean =>
  keys.length > 0 && keys.every((key) => /^\d+$/.test(key)) && keys.map(Number).every((key, i) => key === i);

/** Positions begin behind this one; -1 is no token. */
function padIdOf({ pad_token_id: given = 1 }: { pad_token_id?: number | null | undefined }): number {
  if (given !== null && given >= -1) return given;
  const message = `config.json: pad_token_id is ${given}: the positions of RoBERTa begin behind it`;
  throw new PumaError('E_CONFIG', message, 'set it to the id of the padding token: 1 in most checkpoints');
}

type Labels = { id2label?: Record<string, string> | null | undefined; num_labels?: number | null | undefined };

const countOf = ({ id2label, num_labels: count }: Labels): number =>
  id2label ? Object.keys(id2label).length : (count ?? 2);

/** As transformers' pipeline for texts has it. */
function problemOf(type: string | null | undefined, count: number): Problem {
  if (type === 'regression') return 'number';
  return type === 'multi_label_classification' || count === 1 ? 'several' : 'one';
}

function labelsOf(named: Record<string, string> | null | undefined, count: number): string[] {
  return named ? Object.values(named) : Array.from({ length: count }, (_, i) => `LABEL_${i}`);
}
