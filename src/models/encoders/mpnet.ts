/**
 * MPNet (Song et al., arXiv 2004.09297) as Hugging Face's MPNetModel and MPNetForSequenceClassification: BERT without types of tokens, whose
 * scores have what belongs to the distance of two tokens added to them, the same in every layer.
 */
import { z } from 'zod';
import { activation } from '../activations.ts';
import { architecture } from '../architecture.ts';
import { encoder } from '../bert.ts';
import { type BertConfig, labelKeys, labelling, prunedHeads, singleOfOne } from '../bert-config.ts';
import { multipleOf, parseConfig, positiveInteger, positiveNumber } from '../config.ts';
import { MPNET_KEYS } from '../keys/encoders.ts';
import { type EncoderFiles, TWO_LAYERS } from './files.ts';

const FILES: EncoderFiles = {
  ...{ title: 'MPNet', bare: 'MPNetModel', prefix: 'mpnet.', heads: TWO_LAYERS },
  own: [
    ['attention.output.LayerNorm', 'attention.LayerNorm'],
    ['attention.output.dense', 'attention.attn.o'],
    ['attention.self.query', 'attention.attn.q'],
    ['attention.self.key', 'attention.attn.k'],
    ['attention.self.value', 'attention.attn.v'],
  ],
};

/** transformers makes so many, whatever config.json says. */
const BUCKETS = 32;

const schema = z
  .object({
    vocab_size: positiveInteger.default(30527),
    hidden_size: positiveInteger.default(768),
    num_hidden_layers: positiveInteger.default(12),
    num_attention_heads: positiveInteger.default(12),
    intermediate_size: positiveInteger.default(3072),
    hidden_act: activation.default('gelu'),
    max_position_embeddings: positiveInteger.default(512),
    layer_norm_eps: positiveNumber.default(1e-12),
    relative_attention_num_buckets: z.int().min(BUCKETS, `expected ${BUCKETS} or more`).default(BUCKETS),
    pruned_heads: prunedHeads,
    ...labelKeys,
  })
  .refine(...singleOfOne)
  .refine((raw) => raw.hidden_size % raw.num_attention_heads === 0, multipleOf('hidden_size', 'num_attention_heads'));

/** Checks a config.json of MPNet; keys with a default in transformers may be left out. Throws E_CONFIG. */
function mpnetConfig(config: unknown): BertConfig {
  const raw = parseConfig(schema, config);
  return {
    files: FILES,
    vocabulary: raw.vocab_size,
    types: 0,
    embedded: raw.hidden_size,
    positions: raw.max_position_embeddings - 2,
    firstPosition: 2, // behind that of the padding token, which is 1 whatever config.json says
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    activation: raw.hidden_act,
    epsilon: raw.layer_norm_eps,
    ...labelling(raw),
    padId: 1,
    pools: { classify: 'tanh', embed: 'tanh' },
    relative: { rows: raw.relative_attention_num_buckets, bucket },
  };
}

/**
 * The row of the table for a distance from query to key: later keys come behind the first half. Of n = |distance| each has a row below 8; from
 * there on a row reaches sqrt(2) times as far as the one before, 8 + floor(8 log(n / 8) / log(16)), up to 15.
 */
export function bucket(distance: number): number {
  const n = Math.abs(distance);
  const half = distance > 0 ? BUCKETS / 2 : 0;
  if (n < 8) return half + n;
  const wider = [1, 2, 3, 4, 5, 6, 7].filter((k) => n * n >= 64 * 2 ** k); // whole numbers: the same at every party
  return half + 8 + wider.length;
}

/** MPNet of any size. */
export const mpnet = architecture<BertConfig>({
  families: [{ type: 'mpnet', prefix: 'MPNet', bare: ['MPNetForMaskedLM'] }],
  layersKey: 'num_hidden_layers',
  keys: () => MPNET_KEYS,
  config: mpnetConfig,
  ...encoder,
});
