/**
 * BERT (Devlin et al., arXiv 1810.04805, section 3), RoBERTa (Liu et al., arXiv 1907.11692) and XLM-RoBERTa (Conneau et al.,
 * arXiv 1911.02116) as Hugging Face's BertModel, RobertaModel, XLMRobertaModel and their ...ForSequenceClassification, with the gains folded: n stands for a LayerNorm's output before its gain, x = gamma n + beta for the hidden state itself.
 * Linear layers read n, with gamma and beta in their weights; only the residual needs x.
 */
import { option, PumaError, words } from '../errors.ts';
import type { Head } from '../heads/head.ts';
import type { Ops, RelativeBias } from '../ops/ops.ts';
import { architecture } from './architecture.ts';
import { type BertConfig, bertConfig } from './bert-config.ts';
import { planBert } from './bert-plan.ts';
import { checkIds, checkLength } from './hot-rows.ts';
import { BERT_KEYS } from './keys/bert.ts';
import type { HotRows, Input } from './model.ts';

/** What encoders that normalise after each sum have in common. */
export const encoder = {
  backbone: 'encoder',
  rowWidth: (c: BertConfig) => c.vocabulary + c.types,
  plan: planBert,
  checkText,
  hotRows,
  forward: async <T>(c: BertConfig, head: Head, ops: Ops<T>, input: Input<T>) =>
    head.forward(ops, await encode(c, head, ops, input)),
} as const;

/** BERT, RoBERTa and XLM-RoBERTa of any size. */
export const bert = architecture<BertConfig>({
  families: [
    { type: 'bert', prefix: 'Bert', bare: ['BertForMaskedLM', 'BertForPreTraining'] },
    { type: 'roberta', prefix: 'Roberta', bare: ['RobertaForMaskedLM'] },
    { type: 'xlm-roberta', prefix: 'XLMRoberta', bare: ['XLMRobertaForMaskedLM'] },
  ],
  layersKey: 'num_hidden_layers',
  keys: () => BERT_KEYS,
  config: bertConfig,
  ...encoder,
});

/** The encoder and the pooler. -> [1, width] */
async function encode<T>(c: BertConfig, head: Head, ops: Ops<T>, { tokens, rows, mask }: Input<T>): Promise<T> {
  // Word, type and position of each token; the row of the table is two-hot
  const [words, positions] = await ops.all(
    (o) => o.stage<T>(rows, (o, rows) => o.embed(rows, 'embeddings.table')), // [n, vocabulary + types] -> [n, embedded]
    (o) => o.rows('embeddings.position', c.firstPosition, tokens), // [n, embedded]
  );
  let n: T = await ops.normalise(await ops.add('embeddings', words, positions), c.epsilon, 'embeddings'); // [n, embedded]
  const projected = c.embedded !== c.width;
  let x: T = await (projected ? ops.linear(n, 'embeddings.project') : ops.gain(n, 'embeddings.norm')); // [n, width]
  if (projected) n = x;
  await ops.tap('embeddings', x);

  const bias = c.relative && { ...c.relative, table: await relative(ops, c.relative.rows) };
  for (let i = 0; i < c.layers; i++) {
    [n, x] = await ops.stage<[T, T]>([n, x], (o, [n, x]) => layer(c, o, i, [n, x], mask, bias));
    await ops.tap(`layer.${i}`, x);
  }

  // The first token speaks for the text
  const pool = c.pools[head.name];
  const pooled = pool ? await ops.activation(await ops.linear(n, 'pooler'), pool, 'pooler') : x; // [1, width]
  await ops.tap('pooler', pooled);
  return pooled;
}

/** What is added to scores, in the ring of the residual. [rows, heads] */
const relative = async <T>(ops: Ops<T>, rows: number): Promise<T> =>
  ops.add('relative', await ops.rows('embeddings.relative', 0, rows));

/** One layer of the encoder. n, x [n, width] -> the same of the next, in the last layer [1, width] */
async function layer<T>(
  c: BertConfig,
  ops: Ops<T>,
  i: number,
  [n, x]: [T, T],
  mask: T | undefined,
  bias: RelativeBias<T> | undefined,
): Promise<[T, T]> {
  // Whatever follows the last layer reads the first token only: so do its queries and its residual
  const last = i === c.layers - 1;
  const asking = last ? await ops.row(n, 0) : n; // [m, width]: m = n, in the last layer 1
  const residual = last ? await ops.row(x, 0) : x; // [m, width]

  // Attention, every token to every other
  const [q, k, v] = await ops.all(
    (o) => o.linear(asking, `layer.${i}.query`), // [m, width]
    (o) => o.linear(n, `layer.${i}.key`), // [n, width]
    (o) => o.linear(n, `layer.${i}.value`), // [n, width]
  );
  const how = { name: `layer.${i}.attention`, heads: c.heads, longest: c.positions, first: 0, bias };
  const context = await ops.attention(q, k, v, mask, how); // [m, width]
  const attended = await ops.linear(context, `layer.${i}.context`); // [m, width]
  const between = await sumNormalised(ops, c, `layer.${i}.norm1`, attended, residual); // [m, width]

  // Feed-forward network
  const up = await ops.linear(between, `layer.${i}.up`); // [m, inner]
  const active = await ops.activation(up, c.activation, `layer.${i}.up`); // [m, inner]
  const down = await ops.linear(active, `layer.${i}.down`); // [m, width]
  const middle = await ops.gain(between, `layer.${i}.norm1`); // [m, width]
  const next = await sumNormalised(ops, c, `layer.${i}.norm2`, down, middle); // [m, width]
  return [next, await ops.gain(next, `layer.${i}.norm2`)]; // [m, width] each
}

const sumNormalised = async <T>(ops: Ops<T>, c: BertConfig, name: string, x: T, y: T): Promise<T> =>
  ops.normalise(await ops.add(name, x, y), c.epsilon, name);

/** Two ones in each row: at the word, and at the type behind the vocabulary, if there are types. */
function hotRows(c: BertConfig, ids: readonly number[], types: readonly number[]): HotRows {
  checkLength(ids.length, 0, c.positions);
  if (c.types === 0) {
    checkIds('token id', ids, c.vocabulary);
    return { width: c.vocabulary, hot: ids.map((id) => [id]) };
  }
  if (types.length !== ids.length) {
    throw new PumaError('E_TOKEN', `there are ${ids.length} token ids but ${types.length} token types`);
  }
  checkIds('token id', ids, c.vocabulary);
  checkIds('token type', types, c.types);
  const hot = ids.map((id, i) => [id, c.vocabulary + types[i]!]);
  return { width: c.vocabulary + c.types, hot, positions: ids.map((_, i) => c.firstPosition + i) };
}

/** RoBERTa's positions stand still at the padding token, wherever it is: places that the parties would have to know. */
function checkText(c: BertConfig, ids: readonly number[]): void {
  const at = c.padId === undefined ? -1 : ids.indexOf(c.padId);
  if (at < 0) return;
  const message = `token ${c.padId} at ${at} is pad_token_id of config.json, for which ${c.files.title} has no position`;
  throw new PumaError('E_TOKEN', message, words`Leave it out of the text; ${option('padTo')} hides a length.`);
}
