/** LoRA adapters (Hu et al., arXiv 2106.09685) as peft saves them, beside the weights they were made for: merged into these as they are read. */
import { join } from 'node:path';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { readJson } from '../files/json.ts';
import type { Tensor } from '../models/model.ts';
import { openSafetensors, type Safetensors, type Widen } from './safetensors.ts';
import type { Weights } from './shards.ts';

/** The files of an adapter. */
export const ADAPTER_FILES = ['adapter_config.json', 'adapter_model.safetensors'] as const;
const [CONFIG, WEIGHTS] = ADAPTER_FILES;

const none = (why: string) =>
  z
    .unknown()
    .refine((value) => value === null || value === undefined || value === false || isEmpty(value), why)
    .optional();

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

const note = z.unknown().optional();

const schema = z
  .object({
    peft_type: z.literal('LORA', 'only LORA is supported'),
    r: z.int().positive(),
    lora_alpha: z.number(),
    use_rslora: z.boolean().nullish(),
    fan_in_fan_out: z.boolean().nullish(),
    bias: z.literal('none', 'biases of an adapter are not supported').nullish(),
    use_dora: none('DoRA is not supported'),
    use_qalora: none('QALoRA is not supported'),
    rank_pattern: none('ranks by layer are not supported'),
    alpha_pattern: none('factors by layer are not supported'),
    layer_replication: none('repeated layers are not supported'),
    lora_bias: none('biases of an adapter are not supported'),
    trainable_token_indices: none('trained tokens are not supported'),
    target_parameters: none('adapters of parameters are not supported'),
    alora_invocation_tokens: none('activated LoRA is not supported'),
    init_lora_weights: z
      .union([z.boolean(), z.literal(['gaussian', 'eva', 'orthogonal'])], 'other weights than those beside it')
      .nullish(),
    // Which layers there are is told by the weights; the rest is of training, or a note
    ...{ target_modules: note, exclude_modules: note, modules_to_save: note, layers_to_transform: note },
    ...{ layers_pattern: note, task_type: note, base_model_name_or_path: note, revision: note, inference_mode: note },
    ...{ auto_mapping: note, peft_version: note, lora_dropout: note, megatron_config: note, megatron_core: note },
    ...{ loftq_config: note, eva_config: note, corda_config: note, lora_ga_config: note, runtime_config: note },
    ...{ qalora_group_size: note, arrow_config: none('Arrow is not supported'), ensure_weight_tying: note },
  })
  .catchall(none('it is not known'));

/** Weights with the adapter merged into them, if there is one among the files of the folder. Throws E_ADAPTER. */
export async function withAdapter(
  folder: string,
  files: ReadonlySet<string>,
  base: Weights,
  kernels?: Widen,
): Promise<Weights> {
  if (!files.has(CONFIG)) return base;
  const path = join(folder, CONFIG);
  const parsed = schema.safeParse(await readJson(path, 'E_ADAPTER', 'Fetch the adapter again.'));
  if (!parsed.success) {
    const { path: at, message } = parsed.error.issues[0]!;
    throw refused(`${path}: ${at.length > 0 ? `${at.join('.')}: ` : ''}${message}`);
  }
  if (!files.has(WEIGHTS)) throw refused(`${join(folder, WEIGHTS)} does not exist, and ${path} names an adapter`);
  const adapter = await openSafetensors(join(folder, WEIGHTS), kernels);
  try {
    return merged(base, adapter, partsOf(base.names, adapter, join(folder, WEIGHTS)), parsed.data);
  } catch (error) {
    await adapter.close();
    throw error;
  }
}

/** By the names of tensors of the model: the two matrices of LoRA, or the tensor that stands for it. */
type Part = { a: string; b: string } | { whole: string };

function partsOf(names: ReadonlySet<string>, adapter: Safetensors, path: string): Map<string, Part> {
  const parts = new Map<string, Part>();
  for (const name of adapter.names) {
    const own = name.replace(/^base_model\.model\./, '');
    if (own.endsWith('.lora_B.weight')) continue;
    const module = /^(.*)\.lora_A\.weight$/.exec(own)?.[1];
    if (module === undefined && own.includes('lora_'))
      throw refused(`${path}: ${name} is no part of LoRA that is supported`);
    const found = inBase(names, module === undefined ? own : `${module}.weight`);
    if (module === undefined) parts.set(found ?? own, { whole: name });
    else if (found) parts.set(found, { a: name, b: name.replace(/A\.weight$/, 'B.weight') });
    else throw refused(`${path}: ${name} is for a layer that the weights beside it do not have`);
  }
  return parts;
}

/** The name of a tensor in the model's own files: with or without the prefix that models with a head have. */
function inBase(names: ReadonlySet<string>, name: string): string | undefined {
  if (names.has(name)) return name;
  const short = name.slice(name.indexOf('.') + 1);
  if (names.has(short)) return short;
  const longer = [...names].filter(
    (other) => other.endsWith(`.${name}`) && !other.slice(0, -name.length - 1).includes('.'),
  );
  return longer.length === 1 ? longer[0] : undefined;
}

type Config = z.output<typeof schema>;

function merged(base: Weights, adapter: Safetensors, parts: ReadonlyMap<string, Part>, config: Config): Weights {
  return {
    names: new Set([...base.names, ...parts.keys()]),
    readFloat: async (name, shape, who) => {
      const part = parts.get(name);
      if (part && 'whole' in part) return adapter.readFloat(part.whole, shape, who);
      const tensor = await base.readFloat(name, shape, who);
      if (!part) return tensor;
      const [outputs, inputs] = config.fan_in_fan_out ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
      const a = await adapter.readFloat(part.a, [config.r, inputs], who);
      const b = await adapter.readFloat(part.b, [outputs, config.r], who);
      return added(tensor, a, b, config);
    },
    close: async () => {
      await base.close();
      await adapter.close();
    },
  };
}

/** W + scale B A, in doubles; the transpose of B A where W is stored so. W [outputs, inputs], A [r, inputs], B [outputs, r] */
function added(
  { shape, data }: Tensor,
  a: Tensor,
  b: Tensor,
  { r, lora_alpha: alpha, use_rslora, fan_in_fan_out }: Config,
): Tensor {
  const scale = alpha / (use_rslora ? Math.sqrt(r) : r);
  const [outputs, inputs] = [b.shape[0]!, a.shape[1]!];
  const out = new Float32Array(data.length);
  const row = new Float64Array(inputs);
  for (let o = 0; o < outputs; o++) {
    row.fill(0);
    for (let k = 0; k < r; k++) {
      const factor = scale * b.data[o * r + k]!;
      for (let i = 0; i < inputs; i++) row[i]! += factor * a.data[k * inputs + i]!;
    }
    for (let i = 0; i < inputs; i++) {
      const at = fan_in_fan_out ? i * outputs + o : o * inputs + i;
      out[at] = data[at]! + row[i]!;
    }
  }
  return { shape, data: out };
}

const refused = (message: string): PumaError =>
  new PumaError('E_ADAPTER', message, 'Merge the adapter with peft: merge_and_unload(), then save_pretrained().');
