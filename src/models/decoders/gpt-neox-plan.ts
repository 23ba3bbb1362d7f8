import type { HeadPlan } from '../architecture.ts';
import type { PlannedTensor } from '../model.ts';
import { decoderHead, planHead, planWords } from '../plan/head.ts';
import { namesIn, type Spelling } from '../plan/names.ts';
import { inHalvesOf, picked } from '../plan/pick.ts';
import { dense, norm, planLinear, planTable } from '../plan/tensors.ts';
import type { GptNeoxConfig } from './gpt-neox-config.ts';

const SPELLING: Spelling = {
  prefixes: ['gpt_neox.', ''],
  hints: [['', 'is this a checkpoint of GPT-NeoX, and config.json the one that came with it?']],
};

/** Every tensor of GPT-NeoX under its name in forward(); throws E_WEIGHTS when the file has not got what it is made of. */
export function planGptNeox(c: GptNeoxConfig, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[] {
  const at = namesIn(names, SPELLING);
  const { words, head: weights } = planWords('embed_in.weight', names, SPELLING, c, 'embed_out.weight');
  const whole = c.turned === c.headWidth;
  const scale = (Math.LOG2E * (whole ? c.scoreFactor : 1)) / Math.sqrt(c.headWidth); // attention() is in base 2

  const layer = (i: number): PlannedTensor[] => {
    const name = `layer.${i}`;
    const file = `layers.${i}`;
    const after = norm(at, `${file}.input_layernorm`, c.width);
    const between = norm(at, `${file}.post_attention_layernorm`, c.width);
    const all = dense(at, `${file}.attention.query_key_value`, c.width, 3 * c.width, c.biased);
    const part = (j: number) => picked(all, partOfHeads(c, j));
    const turned = (j: number, factor: number) => (whole ? part(j) : inHalvesOf(part(j), { ...c, factor }));
    const context = dense(at, `${file}.attention.dense`, c.width, c.width, c.biased);
    const up = dense(at, `${file}.mlp.dense_h_to_4h`, c.width, c.inner);
    const down = dense(at, `${file}.mlp.dense_4h_to_h`, c.inner, c.width);
    return [
      ...planLinear({ name: `${name}.query`, from: turned(0, c.scoreFactor), after, scale }),
      ...planLinear({ name: `${name}.key`, from: turned(1, 1), after }),
      ...planLinear({ name: `${name}.value`, from: part(2), after }),
      ...planLinear({ name: `${name}.context`, from: context, centred: true }),
      ...planLinear({ name: `${name}.up`, from: up, after: between }),
      ...planLinear({ name: `${name}.down`, from: down, centred: true }),
    ];
  };

  const after = norm(at, 'final_layer_norm', c.width);
  return [
    planTable('embeddings.table', [{ rows: c.vocabulary, build: words }], c.width, true),
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    ...planHead(head.layers, namesIn(names, decoderHead(c.tied, 'embed_out')), { after, weights }),
  ];
}

/** Queries (0), keys (1) or values (2) of all heads: the file has the three of each head side by side. */
function partOfHeads({ width, headWidth }: GptNeoxConfig, part: number): number[] {
  const from = (column: number) => 3 * column - 2 * (column % headWidth) + part * headWidth;
  return Array.from({ length: width }, (_, column) => from(column));
}
