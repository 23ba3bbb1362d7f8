import { expression, plainToken, sequence } from '../json.ts';
import type { Settings } from '../settings.ts';
import { roberta } from '../template.ts';
import type { Source, TokenizerClass } from './class.ts';

/** Every byte is a character of its own, so that no text has unknown ones. */
function byteLevel({ vocab, merges }: Source, { add_prefix_space }: Settings) {
  return {
    normalizer: null,
    pre_tokenizer: {
      type: 'ByteLevel',
      add_prefix_space: add_prefix_space ?? false,
      trim_offsets: true,
      use_regex: true,
    },
    decoder: DECODER,
    model: { ...MODEL, vocab, merges },
  };
}

const DECODER = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };

const MODEL = {
  ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '' },
  ...{ fuse_unk: false, byte_fallback: false, ignore_merges: false },
};

export const gpt2: TokenizerClass = {
  name: 'GPT2Tokenizer',
  modelTypes: ['gpt2', 'gpt_neo', 'gptj', 'codegen', 'opt', 'phi', 'starcoder2'],
  ...{ vocabulary: 'BPE', file: 'vocab.json' },
  defaults: { bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>', pad_token: null },
  build: byteLevel,
};

export const robertaClass: TokenizerClass = {
  name: 'RobertaTokenizer',
  aliases: ['BartTokenizer', 'LongformerTokenizer'],
  modelTypes: ['roberta', 'bart', 'longformer', 'data2vec-text', 'ibert', 'roberta-prelayernorm'],
  ...{ vocabulary: 'BPE', file: 'vocab.json' },
  defaults: {
    ...{ bos_token: '<s>', eos_token: '</s>', sep_token: '</s>', cls_token: '<s>', unk_token: '<unk>' },
    ...{ pad_token: '<pad>', mask_token: '<mask>' },
  },
  build: byteLevel,
  finish: ({ ends, settings }) =>
    roberta(ends('cls_token'), ends('sep_token'), settings.trim_offsets ?? true, settings.add_prefix_space ?? false),
};

/** Contractions, words with a sign before them, single digits, signs, and space. */
const QWEN2 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

export const qwen2: TokenizerClass = {
  name: 'Qwen2Tokenizer',
  modelTypes: ['qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe', 'qwen3_next'],
  ...{ vocabulary: 'BPE', file: 'vocab.json' },
  defaults: { unk_token: '<|endoftext|>', eos_token: '<|endoftext|>', pad_token: '<|endoftext|>' },
  build: ({ vocab, merges }, { add_prefix_space }) => ({
    normalizer: { type: 'NFC' },
    pre_tokenizer: sequence('pretokenizers', [
      { type: 'Split', pattern: expression(QWEN2), behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: add_prefix_space ?? false, trim_offsets: true, use_regex: false },
    ]),
    decoder: DECODER,
    model: { ...MODEL, vocab, merges },
  }),
  /** It describes all its special tokens anew. */
  finish: ({ added, specials, settings }) => {
    const named = [...specials.values()].filter((token) => token !== null);
    const contents = new Set(
      [...named, ...(settings.extra ?? settings.additional ?? [])].map(({ content }) => content),
    );
    added.add([...contents].map(plainToken));
    return undefined;
  },
};
