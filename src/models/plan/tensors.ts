/** Plans of the tensors that blocks are made of: how each is built from the checkpoint's. */

import type { PlannedTensor, ReadTensor } from '../model.ts';
import { biasThrough, centreColumns, centreRows, scaleColumns } from './fold.ts';
import type { NameInFile } from './names.ts';

/** Makes one tensor from those of the checkpoint. */
export type Build = (read: ReadTensor) => Promise<Float32Array>;

/** A vector of the checkpoint. [length] */
export function vector(at: NameInFile, file: string, length: number): Build {
  const name = at(file);
  return async (read) => (await read(name, [length])).data;
}

/** A matrix of the checkpoint. [rows, cols] */
export function matrix(at: NameInFile, file: string, rows: number, cols: number): Build {
  const name = at(file);
  return async (read) => (await read(name, [rows, cols])).data;
}

/** What a linear layer is in the checkpoint. */
export type Dense = { inputs: number; outputs: number; weight: Build; bias?: Build };

/** torch.nn.Linear: `file`.weight [outputs, inputs] and, unless told otherwise, `file`.bias [outputs]. */
export function dense(at: NameInFile, file: string, inputs: number, outputs: number, biased = true): Dense {
  const weight = matrix(at, `${file}.weight`, outputs, inputs);
  return { inputs, outputs, weight, ...(biased ? { bias: vector(at, `${file}.bias`, outputs) } : {}) };
}

/** A norm's weight, and its bias unless it has none: folded into the linear layers that read its output. */
export type Gain = { weight: Build; bias?: Build };

export function norm(at: NameInFile, file: string, width: number, biased = true): Gain {
  const weight = vector(at, `${file}.weight`, width);
  return { weight, ...(biased ? { bias: vector(at, `${file}.bias`, width) } : {}) };
}

export type LinearPlan = {
  name: string;
  from: Dense;
  /** The norm whose output comes in without its gain. */
  after?: Gain;
  /** A factor on the whole output. */
  scale?: number;
  /** Takes the mean of every output row away: for layers that write to a residual whose mean nobody reads. */
  centred?: boolean;
};

/** `name`.weight [outputs, inputs], and `name`.bias [outputs] if there is anything to add. */
export function planLinear({ name, from, after, scale = 1, centred = false }: LinearPlan): PlannedTensor[] {
  const { inputs, outputs } = from;
  const weight: PlannedTensor = {
    name: `${name}.weight`,
    kind: 'matrix',
    shape: [outputs, inputs],
    build: async (read) => {
      const folded = scaleColumns(await from.weight(read), await after?.weight(read), scale);
      return centred ? centreColumns(folded, inputs) : folded;
    },
  };
  if (!from.bias && !after?.bias) return [weight];
  const bias: PlannedTensor = {
    name: `${name}.bias`,
    kind: 'vector',
    shape: [outputs],
    build: async (read) => {
      const own = from.bias ? await from.bias(read) : new Float32Array(outputs);
      const beta = await after?.bias?.(read);
      const sum = biasThrough(own, beta && (await from.weight(read)), beta, scale);
      return centred ? centreRows(sum, outputs) : sum;
    },
  };
  return [weight, bias];
}

/** `name`.weight [width] and `name`.bias [width] if the norm has one: the gain of a norm, where something has to show it. */
export function planGain(name: string, { weight, bias }: Gain, width: number, scale = 1): PlannedTensor[] {
  const times =
    (build: Build): Build =>
    async (read) =>
      (await build(read)).map((x) => x * scale);
  const planned = (of: string, build: Build): PlannedTensor => {
    return { name: `${name}.${of}`, kind: 'vector', shape: [width], build: scale === 1 ? build : times(build) };
  };
  return [planned('weight', weight), ...(bias ? [planned('bias', bias)] : [])];
}

/** Tables of one width, one under the other: [sum of rows, width]. */
export function planTable(
  name: string,
  parts: readonly { rows: number; build: Build }[],
  width: number,
  centred = false,
): PlannedTensor {
  const total = parts.reduce((sum, { rows }) => sum + rows, 0);
  const build = async (read: ReadTensor) => {
    const table = new Float32Array(total * width);
    let row = 0;
    for (const part of parts) {
      table.set(await part.build(read), row * width);
      row += part.rows;
    }
    return centred ? centreRows(table, width) : table;
  };
  return { name, kind: 'table', shape: [total, width], build };
}
