/**
 * LLaMA (Touvron et al., arXiv 2302.13971) as Hugging Face's LlamaForCausalLM, and its relatives MistralForCausalLM,
 * Qwen2ForCausalLM, Qwen3ForCausalLM and Phi3ForCausalLM. n stands for an RMSNorm's output before its gain; gains are folded into the linear layers that read n.
 */
import { PumaError } from '../errors.ts';
import type { Ops } from '../ops/ops.ts';
import { architecture } from './architecture.ts';
import { decode } from './decoder.ts';
import { checkIds, checkLength } from './hot-rows.ts';
import { LLAMA_KEYS } from './keys/llama.ts';
import { type LlamaConfig, llamaConfig } from './llama-config.ts';
import { planLlama } from './llama-plan.ts';
import type { HotRows, Input } from './model.ts';

/** LLaMA, Mistral, Qwen2, Qwen3 and Phi-3 of any size. */
export const llama = architecture<LlamaConfig>({
  backbone: 'decoder',
  families: [
    { type: 'llama', prefix: 'Llama' },
    { type: 'mistral', prefix: 'Mistral' },
    { type: 'qwen2', prefix: 'Qwen2' },
    { type: 'qwen3', prefix: 'Qwen3' },
    { type: 'phi3', prefix: 'Phi3' },
  ],
  layersKey: 'num_hidden_layers',
  keys: (family) => LLAMA_KEYS[family]!,
  config: llamaConfig,
  rowWidth: (c) => c.vocabulary,
  plan: planLlama,
  hotRows: (c, ids, _types, from) => hotRows(c, ids, from),
  forward: (c, head, ops, input) => decode(c, head, ops, input, layer),
});

/** One layer. x [n, width] -> [m, width]: m = n, in the last layer 1 unless `every` */
async function layer<T>(c: LlamaConfig, ops: Ops<T>, i: number, x: T, input: Input<T>): Promise<T> {
  const { tokens, mask, past, every } = input;
  const { heads, keyHeads, rotary } = c;
  const n = await ops.normaliseRms(x, c.epsilon, `layer.${i}.norm1`); // [n, width]
  // Whatever follows the last layer reads the last token only: so do its queries and its residual
  const last = i === c.layers - 1 && !every;
  const asking = last ? await ops.row(n, tokens - 1) : n; // [m, width]: m = n, in the last layer 1
  const residual = last ? await ops.row(x, tokens - 1) : x; // [m, width]

  // Attention to the tokens before
  const [q, k, v] = await ops.all(
    (o) => ofHeads(c, o, asking, `layer.${i}.query`), // [m, heads * head width]
    (o) => ofHeads(c, o, n, `layer.${i}.key`), // [n, key heads * head width]
    (o) => o.linear(n, `layer.${i}.value`), // [n, key heads * head width]
  );
  const window = c.windowsLater && !past?.[i]?.rows ? undefined : c.windows[i];
  const where = {
    name: `layer.${i}.attention`,
    longest: c.windowsLater ? c.positions : Math.min(c.positions, window ?? c.positions),
  };
  const how = { ...where, heads, keyHeads, causal: true, window, rotary, past: past?.[i] };
  const context = await ops.attention(q, k, v, mask, how); // [m, heads * head width]
  const attended = await ops.add(`layer.${i}.norm2`, residual, await ops.linear(context, `layer.${i}.context`)); // [m, width]

  // Feed-forward network: SwiGLU (Shazeer, arXiv 2002.05202)
  const between = await ops.normaliseRms(attended, c.epsilon, `layer.${i}.norm2`); // [m, width]
  const [gate, up] = await ops.all(
    async (o) => o.activation(await o.linear(between, `layer.${i}.gate`), c.activation, `layer.${i}.gate`), // [m, inner]
    (o) => o.linear(between, `layer.${i}.up`), // [m, inner]
  );
  const both = await ops.multiply(gate, up, `layer.${i}.gate`); // [m, inner]
  return ops.add(`layer.${i}`, attended, await ops.linear(both, `layer.${i}.down`)); // [m, width]
}

/** Queries or keys. In Qwen3 each head of them has an RMSNorm of its own. */
async function ofHeads<T>(c: LlamaConfig, ops: Ops<T>, x: T, name: string): Promise<T> {
  const all = await ops.linear(x, name);
  return c.normed ? normedHeads(ops, all, { name, ...c }) : all;
}

type Heads = { name: string; heads: number; keyHeads: number; headWidth: number; epsilon: number };

/** Each head of x times the gain of its RMSNorm. [n, heads * head width] -> the same */
export async function normedHeads<T>(ops: Ops<T>, x: T, { name, headWidth, epsilon, ...of }: Heads): Promise<T> {
  const n = await ops.normaliseRms(await ops.inRows(x, headWidth), epsilon, `${name}.norm`); // [n * heads, head width]
  const heads = name.endsWith('.query') ? of.heads : of.keyHeads;
  return ops.inRows(await ops.gain(n, `${name}.norm`), heads * headWidth);
}

function hotRows(c: LlamaConfig, ids: readonly number[], from: number): HotRows {
  checkGrowth(c, ids.length, from);
  checkLength(ids.length, from, c.positions);
  checkIds('token id', ids, c.vocabulary);
  return { width: c.vocabulary, hot: ids.map((id) => [id]) };
}

/** Phi-3 turns all keys by other angles when a text has grown longer than it was trained on; here they stay as they were. */
function checkGrowth({ grows = Number.POSITIVE_INFINITY }: LlamaConfig, count: number, from: number): void {
  if (from <= 0 || from > grows || from + count <= grows) return;
  const message = `the text grows beyond ${grows} tokens, where Phi-3 begins to read all of it in another way`;
  throw new PumaError('E_LENGTH', message, 'Ask for fewer tokens, or give the text as far as it goes as a prompt.');
}
