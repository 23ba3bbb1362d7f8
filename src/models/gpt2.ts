/**
 * GPT-2 (Radford et al., 2019) as Hugging Face's GPT2LMHeadModel. Every reader of the residual x normalises it first, which takes
 * its mean away; so whatever writes to x is shared with its mean taken away already, and LayerNorm becomes
 * n = x / sqrt(mean of x^2 + epsilon). Gains are folded into the linear layers that read n.
 */
import type { Ops } from '../ops/ops.ts';
import { architecture } from './architecture.ts';
import { decode } from './decoder.ts';
import { type Gpt2Config, gpt2Config } from './gpt2-config.ts';
import { planGpt2 } from './gpt2-plan.ts';
import { checkIds, checkLength } from './hot-rows.ts';
import { GPT2_KEYS } from './keys/gpt2.ts';
import type { HotRows, Input } from './model.ts';

/** GPT-2 of any size. */
export const gpt2 = architecture<Gpt2Config>({
  backbone: 'decoder',
  families: [{ type: 'gpt2', prefix: 'GPT2', endings: { ForCausalLM: 'LMHeadModel' } }],
  layersKey: 'n_layer',
  keys: () => GPT2_KEYS,
  config: gpt2Config,
  rowWidth: (c) => c.vocabulary + c.positions,
  plan: planGpt2,
  hotRows: (c, ids, _types, from) => hotRows(c, ids, from),
  forward: (c, head, ops, input) => decode(c, head, ops, input, layer),
});

/** One layer. x [n, width] -> [m, width]: m = n, in the last layer 1 unless `every` */
async function layer<T>(c: Gpt2Config, ops: Ops<T>, i: number, x: T, input: Input<T>): Promise<T> {
  const { tokens, mask, past, every } = input;
  const n = await ops.normaliseRms(x, c.epsilon, `layer.${i}.norm1`); // [n, width]
  // Whatever follows the last layer reads the last token only: so do its queries and its residual
  const last = i === c.layers - 1 && !every;
  const asking = last ? await ops.row(n, tokens - 1) : n; // [m, width]: m = n, in the last layer 1
  const residual = last ? await ops.row(x, tokens - 1) : x; // [m, width]

  // Attention to the tokens before
  const [q, k, v] = await ops.all(
    (o) => o.linear(asking, `layer.${i}.query`), // [m, width]
    (o) => o.linear(n, `layer.${i}.key`), // [n, width]
    (o) => o.linear(n, `layer.${i}.value`), // [n, width]
  );
  const where = { name: `layer.${i}.attention`, longest: c.positions };
  const context = await ops.attention(q, k, v, mask, { ...where, heads: c.heads, causal: true, past: past?.[i] }); // [m, width]
  const attended = await ops.add(`layer.${i}.norm2`, residual, await ops.linear(context, `layer.${i}.context`)); // [m, width]

  // Feed-forward network
  const between = await ops.normaliseRms(attended, c.epsilon, `layer.${i}.norm2`); // [m, width]
  const up = await ops.linear(between, `layer.${i}.up`); // [m, inner]
  const active = await ops.activation(up, c.activation, `layer.${i}.up`); // [m, inner]
  return ops.add(`layer.${i}`, attended, await ops.linear(active, `layer.${i}.down`)); // [m, width]
}

/** Two ones in each row: at the word, and at the position behind the vocabulary. */
function hotRows(c: Gpt2Config, ids: readonly number[], from: number): HotRows {
  checkLength(ids.length, from, c.positions);
  checkIds('token id', ids, c.vocabulary);
  const hot = ids.map((id, i) => [id, c.vocabulary + Math.max(0, from + i)]);
  return { width: c.vocabulary + c.positions, hot };
}
