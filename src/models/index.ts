import { PumaError } from '../errors.ts';
import { bert } from './bert.ts';
import { BERT_ARCHITECTURES, ROBERTA_ARCHITECTURES } from './bert-config.ts';
import { gpt2 } from './gpt2.ts';
import { GPT2_ARCHITECTURES } from './gpt2-config.ts';
import { llama } from './llama.ts';
import { LLAMA_ARCHITECTURES } from './llama-config.ts';
import type { Model } from './model.ts';

/** The architecture that a config.json means when it names none: the bare model of its type, or the one that generates. */
const BARE: ReadonlyMap<unknown, string> = new Map([
  ['bert', 'BertModel'],
  ['roberta', 'RobertaModel'],
  ['gpt2', 'GPT2LMHeadModel'],
  ['llama', 'LlamaForCausalLM'],
  ['mistral', 'MistralForCausalLM'],
  ['qwen2', 'Qwen2ForCausalLM'],
]);

/** Checkpoints of pre-training are saved with a head that nobody reads here: they are run as the bare encoder. */
const ENCODERS: ReadonlyMap<unknown, string> = new Map([
  ['BertForMaskedLM', 'BertModel'],
  ['BertForPreTraining', 'BertModel'],
  ['RobertaForMaskedLM', 'RobertaModel'],
]);

const FAMILIES: readonly [readonly string[], (config: unknown) => Model][] = [
  [BERT_ARCHITECTURES, bert],
  [ROBERTA_ARCHITECTURES, bert],
  [GPT2_ARCHITECTURES, gpt2],
  [LLAMA_ARCHITECTURES, llama],
];

const MODELS: ReadonlyMap<string, (config: unknown) => Model> = new Map(
  FAMILIES.flatMap(([architectures, model]) => architectures.map((name) => [name, model] as const)),
);

/** The model that a parsed config.json describes. Throws E_ARCHITECTURE for one we do not have, E_CONFIG for mistakes. */
export function modelFor(config: unknown): Model {
  const { architectures, model_type: type } = (config ?? {}) as { architectures?: unknown; model_type?: unknown };
  const named: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const architecture = String(ENCODERS.get(named) ?? named ?? BARE.get(type));
  const model = MODELS.get(architecture);
  if (model) return model({ ...(config as object), architectures: [architecture] });

  const what = architecture === 'undefined' ? 'config.json names no architecture' : `${architecture} is not supported`;
  throw new PumaError('E_ARCHITECTURE', `${what}; supported are ${[...MODELS.keys()].join(', ')}`, hintFor(type));
}

function hintFor(type: unknown): string | undefined {
  const bare = BARE.get(type);
  return bare && `to run it as ${bare}, set "architectures": ["${bare}"] in config.json`;
}
