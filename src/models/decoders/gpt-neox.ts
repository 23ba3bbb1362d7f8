/**
 * GPT-NeoX (Black et al., arXiv 2204.06745) and Pythia (Biderman et al., arXiv 2304.01373) as Hugging Face's GPTNeoXForCausalLM. What writes to
 * the residual is shared without its mean, so that LayerNorm becomes n = x / sqrt(mean of x^2 + epsilon), as in GPT-2. Gains are folded into
 * the linear layers that read n.
 */
import type { Ops } from '../../ops/ops.ts';
import { architecture } from '../architecture.ts';
import { decode } from '../decoder.ts';
import { checkIds, checkLength } from '../hot-rows.ts';
import { GPT_NEOX_KEYS } from '../keys/gpt-neox.ts';
import type { HotRows, Input } from '../model.ts';
import { type GptNeoxConfig, gptNeoxConfig } from './gpt-neox-config.ts';
import { planGptNeox } from './gpt-neox-plan.ts';

/** GPT-NeoX of any size. */
export const gptNeox = architecture<GptNeoxConfig>({
  backbone: 'decoder',
  families: [{ type: 'gpt_neox', prefix: 'GPTNeoX' }],
  layersKey: 'num_hidden_layers',
  keys: () => GPT_NEOX_KEYS,
  config: gptNeoxConfig,
  rowWidth: (c) => c.vocabulary,
  plan: planGptNeox,
  hotRows: (c, ids, _types, from) => hotRows(c, ids, from),
  forward: (c, head, ops, input) => decode(c, head, ops, input, layer),
});

/** One layer. x [n, width] -> [m, width]: m = n, in the last layer 1 unless `every` */
async function layer<T>(c: GptNeoxConfig, ops: Ops<T>, i: number, x: T, input: Input<T>): Promise<T> {
  const { tokens, mask, past, every } = input;
  const n = await ops.normaliseRms(x, c.epsilon, `layer.${i}.norm1`); // [n, width]
  // Whatever follows the last layer reads the last token only: so do its queries and its residual
  const last = i === c.layers - 1 && !every;
  const asking = last ? await ops.row(n, tokens - 1) : n; // [m, width]: m = n, in the last layer 1
  const residual = last ? await ops.row(x, tokens - 1) : x; // [m, width]

  // Attention to the tokens before
  const attend = async (o: Ops<T>) => {
    const [q, k, v] = await o.all(
      (o) => o.linear(asking, `layer.${i}.query`), // [m, width]
      (o) => o.linear(n, `layer.${i}.key`), // [n, width]
      (o) => o.linear(n, `layer.${i}.value`), // [n, width]
    );
    const where = { name: `layer.${i}.attention`, longest: c.positions, rotary: c.rotary };
    const context = await o.attention(q, k, v, mask, { ...where, heads: c.heads, causal: true, past: past?.[i] }); // [m, width]
    return o.linear(context, `layer.${i}.context`); // [m, width]
  };
  // Feed-forward network
  const feed = async (o: Ops<T>, between: T) => {
    const up = await o.linear(between, `layer.${i}.up`); // [m, inner]
    const active = await o.activation(up, c.activation, `layer.${i}.up`); // [m, inner]
    return o.linear(active, `layer.${i}.down`); // [m, width]
  };

  if (c.parallel) {
    const [attended, fed] = await ops.all(attend, (o) => feed(o, asking)); // [m, width] each
    return ops.add(`layer.${i}`, residual, attended, fed); // [m, width]
  }
  const attended = await ops.add(`layer.${i}.norm2`, residual, await attend(ops)); // [m, width]
  const between = await ops.normaliseRms(attended, c.epsilon, `layer.${i}.norm2`); // [m, width]
  return ops.add(`layer.${i}`, attended, await feed(ops, between)); // [m, width]
}

function hotRows(c: GptNeoxConfig, ids: readonly number[], from: number): HotRows {
  checkLength(ids.length, from, c.positions);
  checkIds('token id', ids, c.vocabulary);
  return { width: c.vocabulary, hot: ids.map((id) => [id]) };
}
