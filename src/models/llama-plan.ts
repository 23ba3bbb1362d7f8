import type { HeadPlan } from './architecture.ts';
import type { LlamaConfig } from './llama-config.ts';
import type { PlannedTensor } from './model.ts';
import { decoderHead, planHead, planWords } from './plan/head.ts';
import { namesIn, type Spelling } from './plan/names.ts';
import { dense, norm, planLinear, planTable } from './plan/tensors.ts';

const SPELLING: Spelling = {
  prefixes: ['model.', ''],
  hints: [['', 'is this a checkpoint of this architecture, and config.json the one that came with it?']],
};

/** Every tensor of LLaMA under its name in forward(); throws E_WEIGHTS when the file has not got what it is made of. */
export function planLlama(c: LlamaConfig, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[] {
  const at = namesIn(names, SPELLING);
  const { words, head: weights } = planWords('embed_tokens.weight', names, SPELLING, c);
  const [queries, keys] = [c.heads * c.headWidth, c.keyHeads * c.headWidth];
  const scale = (Math.LOG2E * c.scoreFactor) / Math.sqrt(c.headWidth); // attention() is in base 2

  const layer = (i: number): PlannedTensor[] => {
    const name = `layer.${i}`;
    const [attention, mlp] = [`layers.${i}.self_attn`, `layers.${i}.mlp`];
    const { query: biased, context, mlp: inMlp } = c.biases;
    const after = norm(at, `layers.${i}.input_layernorm`, c.width, false);
    const between = norm(at, `layers.${i}.post_attention_layernorm`, c.width, false);
    const read = (file: string, outputs: number) => dense(at, `${attention}.${file}`, c.width, outputs, biased);
    const wide = (file: string) => dense(at, `${mlp}.${file}`, c.width, c.inner, inMlp);
    return [
      ...planLinear({ name: `${name}.query`, from: read('q_proj', queries), after, scale }),
      ...planLinear({ name: `${name}.key`, from: read('k_proj', keys), after }),
      ...planLinear({ name: `${name}.value`, from: read('v_proj', keys), after }),
      ...planLinear({ name: `${name}.context`, from: dense(at, `${attention}.o_proj`, queries, c.width, context) }),
      ...planLinear({ name: `${name}.gate`, from: wide('gate_proj'), after: between }),
      ...planLinear({ name: `${name}.up`, from: wide('up_proj'), after: between }),
      ...planLinear({ name: `${name}.down`, from: dense(at, `${mlp}.down_proj`, c.inner, c.width, inMlp) }),
    ];
  };

  return [
    planTable('embeddings.table', [{ rows: c.vocabulary, build: words }], c.width),
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    ...planHead(head.layers, namesIn(names, decoderHead(c.tied)), { after: norm(at, 'norm', c.width, false), weights }),
  ];
}
