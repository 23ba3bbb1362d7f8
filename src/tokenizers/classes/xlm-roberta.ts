import { sequence } from '../json.ts';
import { aroundTwice } from '../template.ts';
import type { TokenizerClass } from './class.ts';
import { metaspace } from './llama.ts';

export const xlmRoberta: TokenizerClass = {
  name: 'XLMRobertaTokenizer',
  modelTypes: ['xlm-roberta', 'xmod'],
  ...{ vocabulary: 'Unigram', file: 'sentencepiece.bpe.model' },
  defaults: {
    ...{ bos_token: '<s>', eos_token: '</s>', sep_token: '</s>', cls_token: '<s>', unk_token: '<unk>' },
    ...{ pad_token: '<pad>', mask_token: '<mask>' },
  },
  /** The ids of fairseq: its own four tokens first, the mask last. */
  reorder: (pieces, specials) => {
    const own = (name: string, missing: string) => [specials.get(name)?.content ?? missing, 0] as const;
    const first = [
      own('bos_token', '<s>'),
      own('pad_token', '<pad>'),
      own('eos_token', '</s>'),
      own('unk_token', '<unk>'),
    ];
    return [...first, ...pieces.slice(3), own('mask_token', '<mask>')];
  },
  build: ({ vocab, charsmap }, { add_prefix_space }) => {
    const marks = metaspace((add_prefix_space ?? true) ? 'always' : 'never', true);
    return {
      normalizer: charsmap === undefined ? null : { type: 'Precompiled', precompiled_charsmap: charsmap },
      pre_tokenizer: sequence('pretokenizers', [{ type: 'WhitespaceSplit' }, marks]),
      decoder: marks,
      model: { type: 'Unigram', unk_id: 3, vocab, byte_fallback: false },
    };
  },
  finish: ({ ends }) => aroundTwice(ends('bos_token'), ends('eos_token')),
};
