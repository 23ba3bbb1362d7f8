/** Plans of the tensors that blocks are made of. `file` is a tensor's name in the checkpoint, `name` its name in forward(). */
import { biasThrough, scaleColumns } from './fold.ts';
import type { PlannedTensor, ReadTensor } from './model.ts';
import type { NameInFile } from './names.ts';

export type LinearPlan = {
  name: string;
  file: string;
  inputs: number;
  outputs: number;
  /** The LayerNorm whose output comes in without its gain: its weight and bias are folded into this layer. */
  after?: string;
  /** A factor on the whole output. */
  scale?: number;
};

/** `name`.weight [outputs, inputs] and `name`.bias [outputs]. */
export function planLinear(at: NameInFile, plan: LinearPlan): PlannedTensor[] {
  const { name, inputs, outputs, scale = 1 } = plan;
  const [weight, bias] = [at(`${plan.file}.weight`), at(`${plan.file}.bias`)];
  const [gamma, beta] = plan.after ? [at(`${plan.after}.weight`), at(`${plan.after}.bias`)] : [];
  const vector = async (read: ReadTensor, file: string | undefined, length: number) =>
    file === undefined ? undefined : (await read(file, [length])).data;

  return [
    {
      name: `${name}.weight`,
      kind: 'matrix',
      shape: [outputs, inputs],
      build: async (read) =>
        scaleColumns((await read(weight, [outputs, inputs])).data, await vector(read, gamma, inputs), scale),
    },
    {
      name: `${name}.bias`,
      kind: 'vector',
      shape: [outputs],
      build: async (read) => {
        const b = (await read(bias, [outputs])).data;
        const through = await vector(read, beta, inputs);
        const w = through && (await read(weight, [outputs, inputs])).data;
        return biasThrough(b, w, through, scale);
      },
    },
  ];
}

/** `name`.weight [width] and `name`.bias [width]: the gain of a LayerNorm, for the residual. */
export function planGain(at: NameInFile, name: string, file: string, width: number): PlannedTensor[] {
  return ['weight', 'bias'].map((part) => {
    const inFile = at(`${file}.${part}`);
    return {
      name: `${name}.${part}`,
      kind: 'vector',
      shape: [width],
      build: async (read) => (await read(inFile, [width])).data,
    };
  });
}

/** Tables of one width, one under the other: [sum of rows, width]. */
export function planTable(
  at: NameInFile,
  name: string,
  parts: readonly { file: string; rows: number }[],
  width: number,
): PlannedTensor {
  const tables = parts.map(({ file, rows }) => ({ file: at(file), rows }));
  const total = tables.reduce((sum, { rows }) => sum + rows, 0);
  const build = async (read: ReadTensor) => {
    const table = new Float32Array(total * width);
    let row = 0;
    for (const { file, rows } of tables) {
      table.set((await read(file, [rows, width])).data, row * width);
      row += rows;
    }
    return table;
  };
  return { name, kind: 'table', shape: [total, width], build };
}
