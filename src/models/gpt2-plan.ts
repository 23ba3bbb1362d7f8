import type { HeadPlan } from './architecture.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import type { PlannedTensor } from './model.ts';
import { decoderHead, planHead, planWords } from './plan/head.ts';
import { type NameInFile, namesIn, type Spelling } from './plan/names.ts';
import { picked, range } from './plan/pick.ts';
import { type Dense, matrix, norm, planLinear, planTable, vector } from './plan/tensors.ts';

const SPELLING: Spelling = {
  prefixes: ['transformer.', ''],
  hints: [['', 'is this a checkpoint of GPT-2, and config.json the one that came with it?']],
};

/** Every tensor of GPT-2 under its name in forward(); throws E_WEIGHTS when the file has not got what it is made of. */
export function planGpt2(c: Gpt2Config, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[] {
  const at = namesIn(names, SPELLING);
  const { words, head: weights } = planWords('wte.weight', names, SPELLING, c);
  const positions = matrix(at, 'wpe.weight', c.positions, c.width);

  const layer = (i: number): PlannedTensor[] => {
    const name = `layer.${i}`;
    const file = `h.${i}`;
    const after = norm(at, `${file}.ln_1`, c.width);
    const between = norm(at, `${file}.ln_2`, c.width);
    const part = (j: number) =>
      picked(conv1d(at, `${file}.attn.c_attn`, c.width, 3 * c.width), range(j * c.width, c.width));
    const context = conv1d(at, `${file}.attn.c_proj`, c.width, c.width);
    const down = conv1d(at, `${file}.mlp.c_proj`, c.inner, c.width);
    return [
      ...planLinear({ name: `${name}.query`, from: part(0), after, scale: scoreScale(c, i) }),
      ...planLinear({ name: `${name}.key`, from: part(1), after }),
      ...planLinear({ name: `${name}.value`, from: part(2), after }),
      ...planLinear({ name: `${name}.context`, from: context, centred: true }),
      ...planLinear({ name: `${name}.up`, from: conv1d(at, `${file}.mlp.c_fc`, c.width, c.inner), after: between }),
      ...planLinear({ name: `${name}.down`, from: down, centred: true }),
    ];
  };

  const table = [
    { rows: c.vocabulary, build: words },
    { rows: c.positions, build: positions },
  ];
  return [
    planTable('embeddings.table', table, c.width, true),
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    ...planHead(head.layers, namesIn(names, decoderHead(c.tied)), { after: norm(at, 'ln_f', c.width), weights }),
  ];
}

/** On the scores of a layer; attention() is in base 2. */
function scoreScale({ width, heads, scaled, scaledByLayer }: Gpt2Config, layer: number): number {
  return Math.LOG2E / (scaled ? Math.sqrt(width / heads) : 1) / (scaledByLayer ? layer + 1 : 1);
}

/** GPT-2's linear layers are saved as `file`.weight [inputs, outputs]. */
function conv1d(at: NameInFile, file: string, inputs: number, outputs: number): Dense {
  const weight = matrix(at, `${file}.weight`, inputs, outputs);
  return {
    inputs,
    outputs,
    weight: async (read) => transposed(await weight(read), inputs, outputs),
    bias: vector(at, `${file}.bias`, outputs),
  };
}

/** [rows, cols] -> [cols, rows] */
function transposed(x: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) out[c * rows + r] = x[r * cols + c]!;
  }
  return out;
}
