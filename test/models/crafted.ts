/** Checkpoints whose values leave every ring at one site: small golden models with some of their weights changed. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Change = readonly [tensor: RegExp, change: (x: number, i: number) => number];

export type Crafted = {
  name: string;
  /** The golden model that is changed. */
  from: string;
  changes: readonly Change[];
  /** The kind of site that leaves its ring first. */
  kind: string;
  /** Whether rings of 64 bits hold it: a plan has them, where the defaults do not. */
  planned?: true;
};

const times = (tensor: RegExp, factor: number): Change => [tensor, (x) => x * factor];
const shifted = (tensor: RegExp, by: number): Change => [tensor, (x, i) => (i % 5 === 2 ? x + by : x)];
const constant = (tensor: RegExp, value: number): Change => [tensor, (_, i) => (i % 2 === 0 ? value : -value)];

export const CRAFTED: readonly Crafted[] = [
  {
    name: 'a down projection of 2^27',
    from: 'llama-grouped',
    kind: 'linear',
    changes: [times(/layers\.1\.mlp\.down/, 2 ** 32)],
  },
  {
    name: 'an attention output of 2^27',
    from: 'llama-grouped',
    kind: 'linear',
    changes: [times(/layers\.0\.self_attn\.o_proj/, 2 ** 30)],
  },
  { name: 'logits of 2^27', from: 'llama-grouped', kind: 'linear', changes: [times(/lm_head/, 2 ** 28)] },
  {
    name: 'scores of 2^26',
    from: 'qwen2',
    kind: 'scores',
    changes: [constant(/layers\.0\.self_attn\.[qk]_proj\.bias/, 2 ** 13)],
  },
  {
    name: 'a product of 2^37',
    from: 'llama-mlp-bias',
    kind: 'product',
    changes: [
      [/layers\.0\.mlp\.gate_proj\.bias/, () => 7e5],
      [/layers\.0\.mlp\.up_proj\.bias/, () => 3e5],
      times(/layers\.0\.mlp\.down_proj\.weight/, 2 ** -20),
    ],
  },
  {
    name: 'a residual with mean squares of 2^38',
    from: 'llama-mlp-bias',
    kind: 'norm',
    planned: true,
    changes: [constant(/layers\.0\.mlp\.down_proj\.bias/, 2 ** 19)],
  },
  {
    name: 'a gain of 10^8',
    from: 'roberta-three-labels',
    kind: 'residual',
    changes: [constant(/layer\.0\.attention\.output\.LayerNorm\.bias/, 1e8)],
  },
  {
    name: 'labels with logits of 2^17',
    from: 'roberta-three-labels',
    kind: 'output',
    changes: [constant(/classifier\.out_proj\.bias/, 2 ** 17)],
  },
];

/** Large or tiny numbers, as people bring them: the rings that these weights ask for hold them. */
export const FITTED: readonly Omit<Crafted, 'kind'>[] = [
  {
    name: 'a down projection of 2^17',
    from: 'llama-mlp-bias',
    changes: [shifted(/layers\.0\.mlp\.down_proj\.bias/, 2 ** 17)],
  },
  { name: 'key biases of 100', from: 'qwen2', changes: [shifted(/self_attn\.k_proj\.bias/, 100)] },
  {
    name: 'values of 2^12',
    from: 'llama-attention-bias',
    changes: [shifted(/layers\.1\.self_attn\.v_proj\.bias/, 2 ** 12)],
  },
  {
    name: 'gates of 2^11 and products of 2^16',
    from: 'llama-mlp-bias',
    changes: [shifted(/layers\.0\.mlp\.gate_proj\.bias/, 2 ** 11), shifted(/layers\.0\.mlp\.up_proj\.bias/, 2 ** 5)],
  },
  {
    name: 'embeddings of a root mean square of 2^-11',
    from: 'llama-grouped',
    changes: [times(/embed_tokens/, 2 ** -6)],
  },
  { name: 'embeddings of 2^14', from: 'llama-grouped', changes: [times(/embed_tokens/, 2 ** 18)] },
  { name: 'inputs of GeLU of 2^12', from: 'gpt2-gelu', changes: [shifted(/h\.0\.mlp\.c_fc\.bias/, 2 ** 12)] },
  { name: 'gains of 2^7', from: 'roberta-bare', changes: [times(/layer\.0\.output\.LayerNorm\.weight/, 2 ** 7)] },
];

/** Writes a crafted checkpoint to a folder that is not there yet. */
export async function writeCrafted(
  { from, changes }: Pick<Crafted, 'from' | 'changes'>,
  folder: string,
): Promise<void> {
  await cp(join('test', 'golden', 'models', from), folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const bytes = await readFile(path);
  const head = Number(bytes.readBigUInt64LE(0));
  const tensors = JSON.parse(bytes.toString('utf8', 8, 8 + head)) as Record<string, { data_offsets: [number, number] }>;
  for (const [tensor, change] of changes) {
    const names = Object.keys(tensors).filter((name) => tensor.test(name));
    if (names.length === 0) throw new Error(`${from} has no tensor ${tensor}`);
    for (const name of names) {
      const [start, end] = tensors[name]!.data_offsets.map((at) => 8 + head + at) as [number, number];
      for (let at = start; at < end; at += 4) bytes.writeFloatLE(change(bytes.readFloatLE(at), (at - start) / 4), at);
    }
  }
  await writeFile(path, bytes);
}
