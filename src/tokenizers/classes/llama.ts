import { type Part, sequence, text } from '../json.ts';
import type { TokenizerClass } from './class.ts';

/** The mark that stands for a space. */
const MARK = '\u2581';

export const metaspace = (prepend_scheme: 'always' | 'first' | 'never', split: boolean): Part => ({
  ...{ type: 'Metaspace', replacement: MARK, prepend_scheme, split },
});

/** Marks become spaces again, and runs of byte tokens characters. */
const TO_TEXT: readonly Part[] = [
  { type: 'Replace', pattern: text(MARK), content: ' ' },
  { type: 'ByteFallback' },
  { type: 'Fuse' },
];
const WITHOUT_FIRST_SPACE: Part = { type: 'Strip', content: ' ', start: 1, stop: 0 };

const MODEL = {
  ...{ type: 'BPE', dropout: null, continuing_subword_prefix: null, end_of_word_suffix: null },
  ...{ fuse_unk: true, byte_fallback: true, ignore_merges: false },
};

const defaults = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' };

export const llama: TokenizerClass = {
  name: 'LlamaTokenizer',
  aliases: ['Phi3Tokenizer'],
  ...{ vocabulary: 'BPE', file: 'tokenizer.model', defaults },
  build: ({ vocab, merges }, { legacy, add_prefix_space }) => {
    const prefix = add_prefix_space ?? true;
    return {
      normalizer: null,
      pre_tokenizer: metaspace(!prefix ? 'never' : legacy ? 'always' : 'first', false),
      decoder: sequence('decoders', [...TO_TEXT, ...(prefix ? [WITHOUT_FIRST_SPACE] : [])]),
      model: { ...MODEL, unk_token: null, vocab, merges },
    };
  },
};

export const codeLlama: TokenizerClass = {
  name: 'CodeLlamaTokenizer',
  modelTypes: ['code_llama'],
  ...{ vocabulary: 'BPE', file: 'tokenizer.model' },
  defaults: {
    ...defaults,
    ...{ prefix_token: `${MARK}<PRE>`, middle_token: `${MARK}<MID>`, suffix_token: `${MARK}<SUF>` },
    ...{ eot_token: `${MARK}<EOT>`, fill_token: '<FILL_ME>' },
  },
  ...{ addBos: true, refused: '<FILL_ME>' },
  build: ({ vocab, merges }, { add_prefix_space }, specials) => ({
    normalizer: null,
    pre_tokenizer: metaspace((add_prefix_space ?? true) ? 'first' : 'never', false),
    decoder: sequence('decoders', [...TO_TEXT, WITHOUT_FIRST_SPACE]),
    model: { ...MODEL, unk_token: specials.get('unk_token')?.content ?? 'None', vocab, merges },
  }),
};

export const gemma: TokenizerClass = {
  name: 'GemmaTokenizer',
  modelTypes: ['gemma', 'gemma2', 'gemma3', 'gemma3_text', 'recurrent_gemma'],
  ...{ vocabulary: 'BPE', file: 'tokenizer.model' },
  defaults: {
    ...{ unk_token: '<unk>', bos_token: '<bos>', eos_token: '<eos>', pad_token: '<pad>', mask_token: '<mask>' },
  },
  build: ({ vocab, merges }, _settings, specials) => ({
    normalizer: { type: 'Replace', pattern: text(' '), content: MARK },
    pre_tokenizer: { type: 'Split', pattern: text(' '), behavior: 'MergedWithPrevious', invert: false },
    decoder: sequence('decoders', TO_TEXT),
    model: { ...MODEL, unk_token: specials.get('unk_token')?.content ?? 'None', vocab, merges },
  }),
};
