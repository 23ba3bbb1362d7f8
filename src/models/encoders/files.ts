/** How checkpoints of encoders name their tensors: under BERT's names, or under names of their own. */
import type { Spelling } from '../plan/names.ts';

export type EncoderFiles = {
  /** What people call the family, and its class without a head. */
  title: string;
  bare: string;
  /** Before every name of the encoder in a checkpoint with a head. */
  prefix: string;
  /** [a part of BERT's name, what stands for it]: all that fit are replaced, in this order. */
  own?: readonly (readonly [string, string])[];
  /** By the name that a head gives its layer: the layer over the first token and the layer itself, where the head has both. */
  heads?: Readonly<Record<string, { pooler: string; file: string }>>;
};

/** RoBERTa's classifier is two layers, and the first is its pooler. */
export const TWO_LAYERS = { classifier: { pooler: 'classifier.dense', file: 'classifier.out_proj' } };

export const BERT_FILES: EncoderFiles = { title: 'BERT', bare: 'BertModel', prefix: 'bert.' };

export const ROBERTA_FILES: EncoderFiles = {
  ...{ title: 'RoBERTa', bare: 'RobertaModel', prefix: 'roberta.', heads: TWO_LAYERS },
};

export const XLM_ROBERTA_FILES: EncoderFiles = { ...ROBERTA_FILES, title: 'XLM-RoBERTa', bare: 'XLMRobertaModel' };

/** The encoder's names. */
export const spellingOf = ({ prefix, title, own = [] }: EncoderFiles): Spelling => ({
  prefixes: [prefix, ''],
  own: (name) => own.reduce((changed, [from, to]) => changed.replace(from, to), name),
  renamed: [
    ['LayerNorm.weight', 'LayerNorm.gamma'],
    ['LayerNorm.bias', 'LayerNorm.beta'],
  ],
  hints: [
    ['pooler', 'a checkpoint saved without its pooler (masked language models are) cannot classify or embed a text'],
    ['', `is this a checkpoint of ${title}, and config.json the one that came with it?`],
  ],
});

/** The head's names; `verb` is what it does. */
export const headSpellingOf = ({ bare }: EncoderFiles, verb: string): Spelling => ({
  prefixes: [''],
  hints: [
    ['', `it was not fine-tuned to ${verb}: take a fine-tuned one, or set "architectures": ["${bare}"] in config.json`],
  ],
});
