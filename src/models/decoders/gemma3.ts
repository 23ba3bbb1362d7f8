/**
 * Gemma 3 for texts (arXiv 2503.19786) as Hugging Face's Gemma3ForCausalLM. n stands for an RMSNorm's output before its gain; gains are folded
 * into the linear layers that read n. What attention and the network give is normalised too before it is added to the residual.
 */
import type { Ops } from '../../ops/ops.ts';
import { architecture } from '../architecture.ts';
import { decode } from '../decoder.ts';
import { checkIds, checkLength } from '../hot-rows.ts';
import { GEMMA3_KEYS } from '../keys/gemma3.ts';
import { normedHeads } from '../llama.ts';
import type { HotRows, Input } from '../model.ts';
import { type Gemma3Config, gemma3Config } from './gemma3-config.ts';
import { planGemma3 } from './gemma3-plan.ts';

/** Gemma 3 of any size. */
export const gemma3 = architecture<Gemma3Config>({
  backbone: 'decoder',
  families: [{ type: 'gemma3_text', prefix: 'Gemma3' }],
  layersKey: 'num_hidden_layers',
  keys: () => GEMMA3_KEYS,
  config: gemma3Config,
  rowWidth: (c) => c.vocabulary,
  plan: planGemma3,
  hotRows: (c, ids, _types, from) => hotRows(c, ids, from),
  forward: (c, head, ops, input) => decode(c, head, ops, input, layer),
});

/** One layer. x [n, width] -> [m, width]: m = n, in the last layer 1 unless `every` */
async function layer<T>(c: Gemma3Config, ops: Ops<T>, i: number, x: T, input: Input<T>): Promise<T> {
  const { tokens, mask, past, every } = input;
  const { heads, keyHeads } = c;
  const { window, rotary } = c.kinds[i]!;
  const n = await ops.normaliseRms(x, c.epsilon, `layer.${i}.norm1`); // [n, width]
  // Whatever follows the last layer reads the last token only: so do its queries and its residual
  const last = i === c.layers - 1 && !every;
  const asking = last ? await ops.row(n, tokens - 1) : n; // [m, width]: m = n, in the last layer 1
  const residual = last ? await ops.row(x, tokens - 1) : x; // [m, width]

  // Attention to the tokens before
  const ofHeads = async (o: Ops<T>, from: T, name: string) =>
    normedHeads(o, await o.linear(from, name), { name, ...c });
  const [q, k, v] = await ops.all(
    (o) => ofHeads(o, asking, `layer.${i}.query`), // [m, heads * head width]
    (o) => ofHeads(o, n, `layer.${i}.key`), // [n, key heads * head width]
    (o) => o.linear(n, `layer.${i}.value`), // [n, key heads * head width]
  );
  const where = { name: `layer.${i}.attention`, longest: Math.min(c.positions, window ?? c.positions) };
  const how = { ...where, heads, keyHeads, causal: true, window, rotary, past: past?.[i] };
  const context = await ops.attention(q, k, v, mask, how); // [m, heads * head width]
  const given = await shown(c, ops, await ops.linear(context, `layer.${i}.context`), `layer.${i}.attended`); // [m, width]
  const attended = await ops.add(`layer.${i}.norm2`, residual, given); // [m, width]

  // Feed-forward network
  const between = await ops.normaliseRms(attended, c.epsilon, `layer.${i}.norm2`); // [m, width]
  const [gate, up] = await ops.all(
    async (o) => o.activation(await o.linear(between, `layer.${i}.gate`), c.activation, `layer.${i}.gate`), // [m, inner]
    (o) => o.linear(between, `layer.${i}.up`), // [m, inner]
  );
  const both = await ops.multiply(gate, up, `layer.${i}.gate`); // [m, inner]
  const fed = await shown(c, ops, await ops.linear(both, `layer.${i}.down`), `layer.${i}.fed`); // [m, width]
  return ops.add(`layer.${i}`, attended, fed); // [m, width]
}

/** An RMSNorm with its gain. */
const shown = async <T>(c: Gemma3Config, ops: Ops<T>, x: T, name: string): Promise<T> =>
  ops.gain(await ops.normaliseRms(x, c.epsilon, name), name);

function hotRows(c: Gemma3Config, ids: readonly number[], from: number): HotRows {
  checkLength(ids.length, from, c.positions);
  checkIds('token id', ids, c.vocabulary);
  return { width: c.vocabulary, hot: ids.map((id) => [id]) };
}
