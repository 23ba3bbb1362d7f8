import type { TokenizerConfig } from '../tokenizer-file.ts';
import type { BpeFile, NumberedToken } from './file.ts';
import { type Part, Unsupported } from './part.ts';
import { aroundEach } from './template.ts';

/**
 * transformers (5.18) builds the tokenizers of some classes anew from the vocabulary and the merges, whatever else
 * tokenizer.json says. Texts must come out as they do there, so we do the same.
 */
export type Family = 'GPT2Tokenizer' | 'RobertaTokenizer' | 'LlamaTokenizer' | 'as the file says';

/** The class that transformers takes: that of tokenizer_config.json, or else that of the model. */
export function familyOf({ tokenizer_class }: TokenizerConfig, modelType: unknown): Family {
  const named = tokenizer_class?.replace(/Fast$/, '');
  if (named === 'GPT2Tokenizer' || named === 'RobertaTokenizer' || named === 'LlamaTokenizer') return named;
  if (named !== undefined) return 'as the file says';
  return modelType === 'gpt2' ? 'GPT2Tokenizer' : modelType === 'roberta' ? 'RobertaTokenizer' : 'as the file says';
}

/** Names of the special tokens; undefined where the model has none. */
export type Specials = {
  bos?: string;
  eos?: string;
  unknown?: string;
  separator?: string;
  pad?: string;
  start?: string;
  mask?: string;
};

const DEFAULTS: Record<Family, Specials> = {
  GPT2Tokenizer: { bos: '<|endoftext|>', eos: '<|endoftext|>', unknown: '<|endoftext|>' },
  RobertaTokenizer: {
    ...{ bos: '<s>', eos: '</s>', unknown: '<unk>' },
    ...{ separator: '</s>', pad: '<pad>', start: '<s>', mask: '<mask>' },
  },
  LlamaTokenizer: { bos: '<s>', eos: '</s>', unknown: '<unk>' },
  'as the file says': {},
};

export function specialsOf(family: Family, config: TokenizerConfig): Specials {
  const { bos_token, eos_token, unk_token, sep_token, pad_token, cls_token, mask_token } = config;
  const named = {
    ...{ bos: bos_token, eos: eos_token, unknown: unk_token },
    ...{ separator: sep_token, pad: pad_token, start: cls_token, mask: mask_token },
  };
  const given = Object.entries(named).filter(([, token]) => token !== undefined); // null: the model has none
  const all = { ...DEFAULTS[family], ...Object.fromEntries(given) };
  return Object.fromEntries(Object.entries(all).filter(([, token]) => token !== null));
}

/** The tokenizer that transformers makes of this file. `fromFile` says whether it is a tokenizer.json. */
export function asTransformers(file: BpeFile, family: Family, config: TokenizerConfig, fromFile: boolean): BpeFile {
  const specials = specialsOf(family, config);
  const added = [...file.added, ...moreAdded(file, specials, config)];
  const postProcessor = fromFile ? file.postProcessor : ownTemplate(file, specials, config);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: config.add_prefix_space ?? false };
  const plain = { unknown: null, fuseUnknown: false, byteFallback: false, ignoreMerges: false };
  const rebuilt = { ...file, added, postProcessor, normalizer: null };
  switch (family) {
    case 'as the file says':
      return { ...file, added, postProcessor };
    case 'GPT2Tokenizer':
      return { ...rebuilt, preTokenizer: byteLevel, decoder: BYTES, model: { ...file.model, ...plain } };
    case 'RobertaTokenizer': {
      const end = (token = '') => [token, idIn(file, token)];
      const ends = { sep: end(specials.separator), cls: end(specials.start) };
      const around = { type: 'RobertaProcessing', ...ends };
      const model = { ...file.model, ...plain };
      return { ...rebuilt, preTokenizer: byteLevel, postProcessor: around, decoder: BYTES, model };
    }
    case 'LlamaTokenizer': {
      const prefix = config.add_prefix_space ?? true;
      const scheme = !prefix ? 'never' : config.legacy ? 'always' : 'first';
      const preTokenizer = { type: 'Metaspace', replacement: '\u2581', prepend_scheme: scheme, split: false };
      const model = { ...file.model, ...plain, fuseUnknown: true, byteFallback: true };
      return {
        ...rebuilt,
        preTokenizer,
        decoder: { type: 'Sequence', decoders: LLAMA.slice(0, prefix ? 4 : 3) },
        model,
      };
    }
  }
}

function idIn({ added, model }: BpeFile, token: string): number {
  const id = added.find(({ content }) => content === token)?.id ?? model.vocabulary.get(token);
  if (id !== undefined) return id;
  throw new Unsupported(`the vocabulary has no token ${JSON.stringify(token)}, which goes around a text`);
}

const BYTES: Part = { type: 'ByteLevel' };

const LLAMA: readonly Part[] = [
  { type: 'Replace', pattern: { String: '\u2581' }, content: ' ' },
  { type: 'ByteFallback' },
  { type: 'Fuse' },
  { type: 'Strip', content: ' ', start: 1, stop: 0 },
];

/**
 * Special tokens that the file does not list as such, with their ids in the vocabulary. One without an id is left out:
 * transformers would give it a new id, for which the model has no row.
 */
function moreAdded({ added, model }: BpeFile, specials: Specials, config: TokenizerConfig): NumberedToken[] {
  const listed = new Set(added.map(({ content }) => content));
  const more: NumberedToken[] = [];
  const add = (token: NumberedToken) => {
    if (!listed.has(token.content)) more.push(token);
    listed.add(token.content);
  };
  for (const [id, token] of Object.entries(config.added_tokens_decoder ?? {})) add({ ...token, id: Number(id) });
  for (const content of Object.values(specials)) {
    const id = model.vocabulary.get(content);
    const described = config.described?.find((token) => token.content === content);
    if (id !== undefined) add({ ...PLAIN, ...described, id, content, special: true });
  }
  return more;
}

const PLAIN = { normalized: false, lstrip: false, rstrip: false, single_word: false };

/** Without a tokenizer.json, tokenizer_config.json says whether texts have a beginning and an end. */
function ownTemplate(file: BpeFile, { bos, eos }: Specials, config: TokenizerConfig): Part {
  const before = config.add_bos_token ? (bos ?? null) : null;
  const after = config.add_eos_token ? (eos ?? null) : null;
  return aroundEach(before, after, (token) => idIn(file, token));
}
