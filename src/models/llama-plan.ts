import type { HeadPlan } from './architecture.ts';
import type { LlamaConfig } from './llama-config.ts';
import type { PlannedTensor } from './model.ts';
import { decoderHead, planHead, planWords } from './plan/head.ts';
import { namesIn, type Spelling } from './plan/names.ts';
import { inHalvesOf, picked, range } from './plan/pick.ts';
import { type Dense, dense, norm, planGain, planLinear, planTable } from './plan/tensors.ts';

const SPELLING: Spelling = {
  prefixes: ['model.', ''],
  hints: [['', 'is this a checkpoint of this architecture, and config.json the one that came with it?']],
};

/** Every tensor of LLaMA under its name in forward(); throws E_WEIGHTS when the file has not got what it is made of. */
export function planLlama(c: LlamaConfig, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[] {
  const at = namesIn(names, SPELLING);
  const { words, head: weights } = planWords('embed_tokens.weight', names, SPELLING, c);
  const whole = c.turned === c.headWidth;
  const [queries, keys] = [c.heads * c.headWidth, c.keyHeads * c.headWidth];
  const scale = (Math.LOG2E * (whole ? c.scoreFactor : 1)) / Math.sqrt(c.headWidth); // attention() is in base 2

  const layer = (i: number): PlannedTensor[] => {
    const name = `layer.${i}`;
    const [attention, mlp] = [`layers.${i}.self_attn`, `layers.${i}.mlp`];
    const { query: biased, context, mlp: inMlp } = c.biases;
    const after = norm(at, `layers.${i}.input_layernorm`, c.width, false);
    const between = norm(at, `layers.${i}.post_attention_layernorm`, c.width, false);
    const read = (file: string, outputs: number) => dense(at, `${attention}.${file}`, c.width, outputs, biased);
    const wide = (file: string) => dense(at, `${mlp}.${file}`, c.width, c.inner, inMlp);
    const parts = c.fused
      ? fusedParts(read('qkv_proj', queries + 2 * keys), queries, keys)
      : { query: read('q_proj', queries), key: read('k_proj', keys), value: read('v_proj', keys) };
    const both = c.fused ? dense(at, `${mlp}.gate_up_proj`, c.width, 2 * c.inner, inMlp) : undefined;
    const gate = both ? picked(both, range(0, c.inner)) : wide('gate_proj');
    const up = both ? picked(both, range(c.inner, c.inner)) : wide('up_proj');
    const query = whole ? parts.query : inHalvesOf(parts.query, { ...c, factor: c.scoreFactor });
    const key = whole ? parts.key : inHalvesOf(parts.key, { ...c, heads: c.keyHeads });
    const normed = (part: string, by: number): PlannedTensor[] =>
      c.normed
        ? planGain(
            `${name}.${part}.norm`,
            norm(at, `${attention}.${part[0]}_norm`, c.headWidth, false),
            c.headWidth,
            by,
          )
        : [];
    return [
      ...planLinear({ name: `${name}.query`, from: query, after, ...(c.normed ? {} : { scale }) }),
      ...normed('query', scale),
      ...planLinear({ name: `${name}.key`, from: key, after }),
      ...normed('key', 1),
      ...planLinear({ name: `${name}.value`, from: parts.value, after }),
      ...planLinear({ name: `${name}.context`, from: dense(at, `${attention}.o_proj`, queries, c.width, context) }),
      ...planLinear({ name: `${name}.gate`, from: gate, after: between }),
      ...planLinear({ name: `${name}.up`, from: up, after: between }),
      ...planLinear({ name: `${name}.down`, from: dense(at, `${mlp}.down_proj`, c.inner, c.width, inMlp) }),
    ];
  };

  return [
    planTable('embeddings.table', [{ rows: c.vocabulary, build: words }], c.width),
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    ...planHead(head.layers, namesIn(names, decoderHead(c.tied)), { after: norm(at, 'norm', c.width, false), weights }),
  ];
}

/** Queries, keys and values out of one layer. */
function fusedParts(all: Dense, queries: number, keys: number): { query: Dense; key: Dense; value: Dense } {
  return {
    query: picked(all, range(0, queries)),
    key: picked(all, range(queries, keys)),
    value: picked(all, range(queries + keys, keys)),
  };
}
