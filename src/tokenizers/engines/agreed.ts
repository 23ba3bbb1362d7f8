import type { ModelPart, Part, TokenizerJson } from '../json.ts';

/** A pipeline: how it normalises, splits, joins and decodes, and what it may put around a text. Parts are named as signature() names them. */
type Agreed = Readonly<Record<'normalizer' | 'pre_tokenizer' | 'model' | 'decoder', string>> & {
  readonly post_processor: readonly string[];
};

const BYTES = 'ByteLevel(use_regex=true)';
const wordsThenBytes = (digits: string) =>
  "Sequence(Split(pattern=(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" +
  `\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+,behavior=Isolated,invert=false) ByteLevel(use_regex=false))`;

/** Pipelines on which both libraries are known to agree: test/tokenizers/agreed.test.ts compares them. */
export const AGREED: Readonly<Record<string, Agreed>> = {
  BERT: {
    ...{ normalizer: 'BertNormalizer(clean_text=true)', pre_tokenizer: 'BertPreTokenizer' },
    ...{
      model: 'WordPiece(continuing_subword_prefix=##,max_input_chars_per_word=100)',
      decoder: 'WordPiece(prefix=##,cleanup=true)',
    },
    post_processor: ['TemplateProcessing', 'RobertaProcessing'],
  },
  'GPT-2 and RoBERTa': {
    ...{
      normalizer: '',
      pre_tokenizer: BYTES,
      model: 'BPE',
      decoder: BYTES,
      post_processor: ['TemplateProcessing', 'RobertaProcessing'],
    },
  },
  'LLaMA 3': {
    ...{ normalizer: '', pre_tokenizer: wordsThenBytes('{1,3}'), model: 'BPE(ignore_merges=true)', decoder: BYTES },
    post_processor: ['TemplateProcessing', 'Sequence(ByteLevel TemplateProcessing)'],
  },
  Qwen2: {
    ...{ normalizer: 'NFC', pre_tokenizer: wordsThenBytes(''), model: 'BPE', decoder: BYTES },
    post_processor: ['TemplateProcessing', 'Sequence(ByteLevel TemplateProcessing)'],
  },
};

/** The part on which agreement is not known, or undefined. */
export function notAgreed({
  normalizer,
  pre_tokenizer,
  model,
  decoder,
  post_processor,
  added_tokens,
}: TokenizerJson): string | undefined {
  const has = {
    ...{ normalizer: signature(normalizer), pre_tokenizer: signature(pre_tokenizer), model: signature(model) },
    decoder: signature(decoder),
  };
  const parts = Object.keys(has) as (keyof typeof has)[];
  const alike = ({ agreed }: { agreed: Agreed }) => parts.filter((part) => has[part] === agreed[part]);
  const rows = Object.values(AGREED).map((agreed) => ({ agreed }));
  const best = rows.reduce((a, b) => (alike(b).length > alike(a).length ? b : a));
  const odd = parts.find((part) => has[part] !== best.agreed[part]);
  if (odd) return `the ${odd} ${has[odd] || 'null'}`;
  const around = kindOf(post_processor);
  if (!best.agreed.post_processor.includes(around)) return `the post_processor ${around || 'null'}`;
  const plain = added_tokens.find(({ special }) => !special);
  return plain && model.type === 'WordPiece'
    ? `the added token ${JSON.stringify(plain.content)}, which is not special`
    : undefined;
}

/** Texts of other characters are not known to come out alike: the libraries have other versions of Unicode. */
export const AGREED_TEXT =
  /^[\t\n\r -~\u00a0-\u024f\u0401-\u045f\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*$/;

/** Settings of parts that change texts, but for those whose every value is in the list. */
const SETTINGS = [
  ...[
    'clean_text',
    'pattern',
    'content',
    'behavior',
    'invert',
    'replacement',
    'split',
    'use_regex',
    'prefix',
    'cleanup',
    'start',
    'stop',
  ],
  ...[
    'continuing_subword_prefix',
    'end_of_word_suffix',
    'max_input_chars_per_word',
    'fuse_unk',
    'byte_fallback',
    'ignore_merges',
    'dropout',
  ],
];
const UNSAID: ReadonlySet<unknown> = new Set([undefined, null, '']);
const MODEL_FLAGS: ReadonlySet<string> = new Set(['fuse_unk', 'byte_fallback', 'ignore_merges']);

/** A part with its settings, in one line. */
function signature(part: Part | ModelPart | null): string {
  if (part === null) return '';
  const inner = part.normalizers ?? part.pretokenizers ?? part.decoders ?? part.processors;
  if (Array.isArray(inner)) return `${part.type}(${inner.map((each: Part) => signature(each)).join(' ')})`;
  const said = SETTINGS.filter((key) => !UNSAID.has(part[key]) && !(MODEL_FLAGS.has(key) && part[key] === false)).map(
    (key) => `${key}=${shownValue(part[key])}`,
  );
  return `${part.type}${said.length > 0 ? `(${said.join(',')})` : ''}`;
}

/** A part without its settings. */
function kindOf(part: Part | null): string {
  const inner = part?.processors;
  return Array.isArray(inner) ? `${part!.type}(${inner.map(kindOf).join(' ')})` : (part?.type ?? '');
}

/** Patterns are objects with one entry. */
const shownValue = (value: unknown): string => String(typeof value === 'object' ? Object.values(value!)[0] : value);
