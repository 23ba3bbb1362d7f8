import { ensure } from '../errors.ts';
import type { Kernels } from '../kernels/index.ts';
import { type StreamedMatrix, streamedMatmul } from '../mpc/streamed.ts';
import { type Additive, type Masked, sizeOf } from '../mpc/values.ts';
import { heldProduct, heldRows } from '../ops/held-weights.ts';
import type { SharedWeights } from '../ops/secure.ts';
import type { Party } from '../party/party.ts';
import { gridOf, type SharedTensor } from '../shares/index.ts';
import { type Tensor, type WeightShares, type WeightSource, weightSource } from '../shares/weight-source.ts';

/** The lanes of a small model: a model that takes no more than this is kept in memory after its first use. */
const KEEP_BYTES = 128 << 20;

/** What an element takes as lanes: two of them, and what is derived from them. */
const LANE_BYTES = 24;

/** Whether a model of these tensors is small enough to be kept. */
export const keptWhole = (tensors: readonly { shape: readonly number[] }[], keepBytes = KEEP_BYTES): boolean =>
  tensors.reduce((sum, { shape }) => sum + LANE_BYTES * sizeOf(shape), 0) <= keepBytes;

/**
 * The weights at a party. Of a large model only vectors are kept: a matrix is made again for every product, a block at a time, so memory
 * does not grow with the model.
 */
export function openWeights(
  kernels: Kernels,
  shares: WeightShares,
  tensors: readonly SharedTensor[],
  keepBytes = KEEP_BYTES,
): SharedWeights {
  return new PartyWeights(weightSource(kernels, shares), tensors, keepBytes);
}

class PartyWeights implements SharedWeights {
  private readonly tensors: ReadonlyMap<string, Tensor>;
  private readonly kept = new Map<string, Promise<Masked>>();
  private readonly keepsAll: boolean;

  constructor(
    private readonly source: WeightSource,
    tensors: readonly Omit<Tensor, 'index'>[],
    keepBytes: number,
  ) {
    this.tensors = new Map(tensors.map((tensor, index) => [tensor.name, { ...tensor, index }]));
    this.keepsAll = keptWhole(tensors, keepBytes);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  form(name: string): Tensor {
    const tensor = this.tensors.get(name);
    ensure(tensor, `no weight ${name}`);
    return tensor;
  }

  async get(name: string): Promise<Masked> {
    const tensor = this.form(name);
    ensure(this.keeps(tensor), `${name} is a ${tensor.kind} of a large model: it is not held`);
    const found = this.kept.get(name) ?? this.source.rows(tensor, 0, gridOf(tensor.shape).rows);
    this.kept.set(name, found);
    return found;
  }

  async rows(name: string, from: number, count: number): Promise<Masked> {
    const tensor = this.form(name);
    return this.keeps(tensor) ? heldRows(await this.get(name), from, count) : this.source.rows(tensor, from, count);
  }

  async times(party: Party, x: Masked, name: string, transposed: boolean): Promise<Additive> {
    const tensor = this.form(name);
    if (this.keeps(tensor)) return heldProduct(party, x, await this.get(name), transposed);
    const { rows, cols } = gridOf(tensor.shape);
    const each: StreamedMatrix['each'] = (lanes, use) => this.source.each(tensor, lanes, use);
    return streamedMatmul(party, x, { ...tensor, shape: [rows, cols], each }, transposed);
  }

  private keeps({ kind }: Tensor): boolean {
    return this.keepsAll || kind === 'vector';
  }
}
