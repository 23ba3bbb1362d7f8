import type { TokenizerClass } from './classes/class.ts';
import { AS_IT_IS, CLASSES } from './classes/index.ts';
import { tokenizerError } from './json.ts';

/** What tells the class of a folder's tokenizer. */
export type Clues = {
  /** `tokenizer_class` of tokenizer_config.json, and where that is. */
  readonly named: string | null | undefined;
  readonly path: string;
  /** Of config.json. */
  readonly model: { readonly model_type?: unknown; readonly tokenizer_class?: unknown };
  /** The text of tokenizer.json has "ByteLevel" in it. */
  readonly byteLevel: boolean;
};

/**
 * The class that transformers (5.24) takes; 'as it is' where tokenizer.json says everything. The class of the model's type is taken
 * where no file names one, and for types whose checkpoints are known to name a wrong one.
 */
export function classOf({ named, path, model, byteLevel }: Clues): TokenizerClass | 'as it is' {
  const name = named ?? (typeof model.tokenizer_class === 'string' ? model.tokenizer_class : undefined);
  const type = typeof model.model_type === 'string' ? model.model_type : '';
  const ofType = AS_THE_FILE_SAYS.has(type) ? 'as it is' : CLASSES.find(({ modelTypes }) => modelTypes?.includes(type));
  if (name === undefined) return ofType ?? 'as it is';
  const unclear = WRONG_CLASS.has(type);
  // LLaMA's class has no bytes: checkpoints that have both mean the file
  if (without(name) === 'LlamaTokenizer' && !unclear && byteLevel) return 'as it is';
  if (ofType === 'as it is' || (unclear && ofType !== undefined)) return ofType;
  return found(name, path);
}

const without = (name: string) => name.replace(/Fast$/, '');

function found(name: string, path: string): TokenizerClass | 'as it is' {
  const plain = without(name);
  if (AS_IT_IS.includes(plain)) return 'as it is';
  const known = CLASSES.find(({ name: own, aliases }) => own === plain || aliases?.includes(plain));
  if (known) return known;
  const all = [...CLASSES.map(({ name: own }) => own), 'PreTrainedTokenizerFast'];
  throw tokenizerError(
    `${path}: tokenizer_class ${JSON.stringify(name)} is not supported; supported are ${all.join(', ')}`,
    'Save its tokenizer.json with the tokenizers library and name PreTrainedTokenizerFast.',
  );
}

/** Types whose checkpoints often name a wrong class: R1-Distill names LLaMA's over a tokenizer of Qwen2. */
const WRONG_CLASS: ReadonlySet<string> = new Set([
  ...[
    'qwen2',
    'phi3',
    'phimoe',
    'modernbert',
    'nemotron',
    'jamba',
    'internlm2',
    'minicpm3',
    'ernie4_5',
    'ernie4_5_moe',
  ],
]);

/** Types whose tokenizers transformers reads from tokenizer.json, whatever class is named. */
const AS_THE_FILE_SAYS: ReadonlySet<string> = new Set([
  ...[
    'mistral',
    'mistral3',
    'mixtral',
    'ministral',
    'ministral3',
    'granite',
    'granitemoe',
    'stablelm',
    'gpt_bigcode',
    'umt5',
  ],
  ...['olmo2', 'olmo3', 'glm', 'glm4', 'glm4_moe', 'nystromformer', 'xlm-roberta-xl'],
  ...[...WRONG_CLASS].filter((type) => type !== 'qwen2'),
]);
