import type { HeadPlan } from '../architecture.ts';
import type { PlannedTensor } from '../model.ts';
import { decoderHead, planHead, planWords } from '../plan/head.ts';
import { namesIn, type Spelling } from '../plan/names.ts';
import { type Build, dense, type Gain, norm, planGain, planLinear, planTable } from '../plan/tensors.ts';
import type { Gemma3Config } from './gemma3-config.ts';

const SPELLING: Spelling = {
  prefixes: ['model.', ''],
  hints: [['', 'is this a checkpoint of Gemma 3 for texts, and config.json the one that came with it?']],
};

/** Every tensor of Gemma 3 under its name in forward(); throws E_WEIGHTS when the file has not got what it is made of. */
export function planGemma3(c: Gemma3Config, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[] {
  const at = namesIn(names, SPELLING);
  const { words, head: weights } = planWords('embed_tokens.weight', names, SPELLING, c);
  const [queries, keys] = [c.heads * c.headWidth, c.keyHeads * c.headWidth];
  // Norms multiply by 1 + weight
  const gain = (file: string, width = c.width): Gain => ({
    weight: mapped(norm(at, file, width, false).weight, (x) => 1 + x),
  });

  const layer = (i: number): PlannedTensor[] => {
    const name = `layer.${i}`;
    const [file, attention, mlp] = [`layers.${i}`, `layers.${i}.self_attn`, `layers.${i}.mlp`];
    const after = gain(`${file}.input_layernorm`);
    const between = gain(`${file}.pre_feedforward_layernorm`);
    const read = (part: string, outputs: number) => dense(at, `${attention}.${part}`, c.width, outputs, c.biased);
    const wide = (part: string) => dense(at, `${mlp}.${part}`, c.width, c.inner, false);
    const ofHead = (part: string) => gain(`${attention}.${part}`, c.headWidth);
    return [
      ...planLinear({ name: `${name}.query`, from: read('q_proj', queries), after }),
      ...planGain(`${name}.query.norm`, ofHead('q_norm'), c.headWidth, c.kinds[i]!.scale),
      ...planLinear({ name: `${name}.key`, from: read('k_proj', keys), after }),
      ...planGain(`${name}.key.norm`, ofHead('k_norm'), c.headWidth),
      ...planLinear({ name: `${name}.value`, from: read('v_proj', keys), after }),
      ...planLinear({ name: `${name}.context`, from: dense(at, `${attention}.o_proj`, queries, c.width, c.biased) }),
      ...planGain(`${name}.attended`, gain(`${file}.post_attention_layernorm`), c.width),
      ...planLinear({ name: `${name}.gate`, from: wide('gate_proj'), after: between }),
      ...planLinear({ name: `${name}.up`, from: wide('up_proj'), after: between }),
      ...planLinear({ name: `${name}.down`, from: dense(at, `${mlp}.down_proj`, c.inner, c.width, false) }),
      ...planGain(`${name}.fed`, gain(`${file}.post_feedforward_layernorm`), c.width),
    ];
  };

  const grown = mapped(words, (x) => x * Math.fround(Math.sqrt(c.width)));
  return [
    planTable('embeddings.table', [{ rows: c.vocabulary, build: grown }], c.width),
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    ...planHead(head.layers, namesIn(names, decoderHead(c.tied)), { after: gain('norm'), weights }),
  ];
}

const mapped =
  (build: Build, entry: (x: number) => number): Build =>
  async (read) =>
    (await build(read)).map(entry);
