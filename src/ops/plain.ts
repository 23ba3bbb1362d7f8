/** The reference interpreter: a model in the clear. Values are floats; sums and functions are taken in double. */
import { ensure } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Activation, AttentionOptions, Ops } from './ops.ts';
import { attention } from './plain-attention.ts';
import { ACTIVATIONS, type PlainValue } from './plain-values.ts';

export { hotInput, maskInput, type PlainValue } from './plain-values.ts';

/** A tensor of the model: floats in the order of its shape. */
export type PlainTensor = { shape: readonly number[]; data: Float32Array };

/** The model's tensors by their planned names, 'layer.0.query.weight' or 'embeddings.table'. */
export type PlainWeights = { get(name: string): Promise<PlainTensor> | PlainTensor; has(name: string): boolean };

export type PlainOptions = {
  /** Sees every value that the model taps; it must not change it. */
  onTap?(name: string, value: PlainValue): void;
};

export function plainOps(
  kernels: Pick<Kernels, 'matmulFloat'>,
  weights: PlainWeights,
  options: PlainOptions = {},
): Ops<PlainValue> {
  return new PlainOps(kernels, weights, options);
}

class PlainOps implements Ops<PlainValue> {
  constructor(
    private readonly kernels: Pick<Kernels, 'matmulFloat'>,
    private readonly weights: PlainWeights,
    private readonly options: PlainOptions,
  ) {}

  async embed(x: PlainValue, name: string): Promise<PlainValue> {
    const { hot } = x;
    ensure(hot, `embed ${name}: the input is not made by hotInput()`);
    const table = await this.weights.get(name);
    const [rows, width] = matrixShape(table);
    ensure(x.shape[1] === rows, `embed ${name}: rows of ${x.shape[1]} for a table of ${rows}`);
    return fill(hot.length, width, (i, c) => hot[i]!.reduce((sum, row) => sum + table.data[row * width + c]!, 0));
  }

  async rows(name: string, from: number, count: number): Promise<PlainValue> {
    const table = await this.weights.get(name);
    const [rows, width] = matrixShape(table);
    ensure(from >= 0 && from + count <= rows, `rows ${name}: ${from} and ${count} more of ${rows}`);
    return { shape: [count, width], data: table.data.slice(from * width, (from + count) * width) };
  }

  async linear(x: PlainValue, name: string): Promise<PlainValue> {
    const weight = await this.weights.get(`${name}.weight`);
    const bias = this.weights.has(`${name}.bias`) ? await this.weights.get(`${name}.bias`) : undefined;
    const [n, inputs] = x.shape;
    const [outputs, expected] = matrixShape(weight);
    ensure(inputs === expected, `linear ${name}: [${n}, ${inputs}] by [${outputs}, ${expected}]`);
    const out: PlainValue = { shape: [n, outputs], data: new Float32Array(n * outputs) };
    this.kernels.matmulFloat(out.data, x.data, weight.data, n, inputs, outputs);
    return bias ? fill(n, outputs, (i, c) => out.data[i * outputs + c]! + bias.data[c]!) : out;
  }

  async add(_name: string, ...terms: PlainValue[]): Promise<PlainValue> {
    const [rows, cols] = terms[0]!.shape;
    ensure(
      terms.every(({ shape }) => shape[0] === rows && shape[1] === cols),
      `add: ${terms.map(({ shape }) => `[${shape.join(', ')}]`).join(' + ')}`,
    );
    return fill(rows, cols, (i, c) => terms.reduce((sum, { data }) => sum + data[i * cols + c]!, 0));
  }

  async normalise(x: PlainValue, epsilon: number): Promise<PlainValue> {
    return standardised(x, (row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      return { mean, factor: 1 / Math.sqrt(variance + epsilon) };
    });
  }

  async normaliseRms(x: PlainValue, epsilon: number): Promise<PlainValue> {
    return standardised(x, (row) => {
      const square = row.reduce((sum, value) => sum + value * value, 0) / row.length;
      return { mean: 0, factor: 1 / Math.sqrt(square + epsilon) };
    });
  }

  async gain(x: PlainValue, name: string): Promise<PlainValue> {
    const weight = await this.weights.get(`${name}.weight`);
    const bias = this.weights.has(`${name}.bias`) ? await this.weights.get(`${name}.bias`) : undefined;
    const [rows, cols] = x.shape;
    ensure(cols === weight.data.length, `gain ${name}: ${weight.data.length} gains for rows of ${cols}`);
    return fill(rows, cols, (i, c) => x.data[i * cols + c]! * weight.data[c]! + (bias?.data[c] ?? 0));
  }

  async attention(
    q: PlainValue,
    k: PlainValue,
    v: PlainValue,
    mask: PlainValue | undefined,
    options: AttentionOptions<PlainValue>,
  ): Promise<PlainValue> {
    return attention(this.kernels, q, k, v, mask, options);
  }

  async activation(x: PlainValue, kind: Activation): Promise<PlainValue> {
    return { shape: x.shape, data: x.data.map(ACTIVATIONS[kind]) };
  }

  async multiply(x: PlainValue, y: PlainValue): Promise<PlainValue> {
    ensure(String(x.shape) === String(y.shape), `multiply: [${x.shape.join(', ')}] by [${y.shape.join(', ')}]`);
    return { shape: x.shape, data: x.data.map((value, i) => value * y.data[i]!) };
  }

  async inRows({ shape: [rows, cols], data }: PlainValue, width: number): Promise<PlainValue> {
    ensure((rows * cols) % width === 0, `[${rows}, ${cols}] in rows of ${width}`);
    return { shape: [(rows * cols) / width, width], data };
  }

  async row(x: PlainValue, index: number): Promise<PlainValue> {
    const [rows, cols] = x.shape;
    ensure(index >= 0 && index < rows, `row ${index} of ${rows}`);
    return { shape: [1, cols], data: x.data.slice(index * cols, (index + 1) * cols) };
  }

  async all<R extends readonly unknown[]>(
    ...branches: { [I in keyof R]: (ops: Ops<PlainValue>) => Promise<R[I]> }
  ): Promise<R> {
    return Promise.all(branches.map((branch) => branch(this))) as unknown as Promise<R>;
  }

  stage<R>(given: R, work: (ops: Ops<PlainValue>, given: R) => Promise<R>): Promise<R> {
    return work(this, given);
  }

  async tap(name: string, x: PlainValue): Promise<void> {
    this.options.onTap?.(name, x);
  }
}

/** (value - mean) * factor, in each row by its own statistics. */
function standardised(x: PlainValue, statistics: (row: Float32Array) => { mean: number; factor: number }): PlainValue {
  const [rows, cols] = x.shape;
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const row = x.data.subarray(i * cols, (i + 1) * cols);
    const { mean, factor } = statistics(row);
    for (let c = 0; c < cols; c++) data[i * cols + c] = (row[c]! - mean) * factor;
  }
  return { shape: x.shape, data };
}

function fill(rows: number, cols: number, entry: (row: number, col: number) => number): PlainValue {
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++) data[i * cols + c] = entry(i, c);
  }
  return { shape: [rows, cols], data };
}

function matrixShape({ shape }: PlainTensor): [number, number] {
  ensure(shape.length === 2, `a matrix was expected, not [${shape.join(', ')}]`);
  return [shape[0]!, shape[1]!];
}
