import type { Part } from '../json.ts';
import type { Settings } from '../settings.ts';
import { aroundBoth, roberta } from '../template.ts';
import type { Source, Specials, TokenizerClass } from './class.ts';

/** Words of letters and single marks, and pieces of words that ## continues. */
function wordPiece({ vocab }: Source, settings: Settings, specials: Specials) {
  const normalizer: Part = {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: settings.tokenize_chinese_chars ?? true,
    strip_accents: settings.strip_accents ?? null,
    lowercase: settings.do_lower_case ?? true,
  };
  return {
    normalizer,
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      ...{ type: 'WordPiece', unk_token: specials.get('unk_token')?.content ?? 'None' },
      ...{ continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
    },
  };
}

const defaults = {
  ...{ unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]', mask_token: '[MASK]' },
};

export const bert: TokenizerClass = {
  name: 'BertTokenizer',
  aliases: ['ElectraTokenizer', 'MobileBertTokenizer', 'SqueezeBertTokenizer', 'LayoutLMTokenizer', 'LxmertTokenizer'],
  modelTypes: [
    'bert',
    'distilbert',
    'electra',
    'ernie',
    'megatron-bert',
    'nezha',
    'nomic_bert',
    'convbert',
    'squeezebert',
  ],
  ...{ vocabulary: 'WordPiece', file: 'vocab.txt', defaults, types: true },
  build: wordPiece,
  finish: ({ ends }) => aroundBoth(ends('cls_token'), ends('sep_token')),
};

export const distilBert: TokenizerClass = {
  ...{ ...bert, name: 'DistilBertTokenizer', aliases: [], modelTypes: [], types: false },
};

export const mpnet: TokenizerClass = {
  name: 'MPNetTokenizer',
  modelTypes: ['mpnet'],
  ...{ vocabulary: 'WordPiece', file: 'vocab.txt' },
  defaults: {
    ...{ bos_token: '<s>', eos_token: '</s>', sep_token: '</s>', cls_token: '<s>', unk_token: '[UNK]' },
    ...{ pad_token: '<pad>', mask_token: '<mask>' },
  },
  /** The mask takes in the space before it. */
  describe: (name, token) =>
    name === 'mask_token' && token.normalized === undefined ? { ...token, lstrip: true } : token,
  build: wordPiece,
  finish: ({ ends }) => roberta(ends('cls_token'), ends('sep_token')),
};
