import { setImmediate as pause } from 'node:timers/promises';
import type { Kernels, Lanes } from '../kernels/index.ts';
import { mirrorMasks, mirrorPacked } from '../mpc/mirror.ts';
import type { StreamedMatrix } from '../mpc/streamed.ts';
import { Masked } from '../mpc/values.ts';
import { lanes } from '../party/random.ts';
import {
  cutRows,
  type DealerShares,
  type EvaluatorShares,
  gridOf,
  maskLanes,
  packedBytes,
  type SharedTensor,
} from './index.ts';

/** A tensor of the manifest; its masks are made from its number. */
export type Tensor = SharedTensor & { index: number };

/** A party's weights: it draws masks from its keys, and an evaluator reads m. */
export interface WeightSource {
  /** Rows of a tensor. */
  rows(tensor: Tensor, from: number, count: number): Promise<Masked>;
  /** All rows, block by block and mirrored, in arrays that are used again; see StreamedMatrix. */
  each(tensor: Tensor, ...how: Parameters<StreamedMatrix['each']>): Promise<void>;
}

type Use = Parameters<StreamedMatrix['each']>[1];

type DealerKeys = Pick<DealerShares, 'role' | 'keys'>;
type EvaluatorWeights = Pick<EvaluatorShares, 'role' | 'key' | 'tensor' | 'stream'>;

/** What a party makes its weights from. */
export type WeightShares = DealerKeys | EvaluatorWeights;

export function weightSource(kernels: Kernels, shares: WeightShares): WeightSource {
  return shares.role === 0 ? new DealerSource(kernels, shares) : new EvaluatorSource(kernels, shares);
}

/** Lanes after which the dealer, who waits for nothing, lets other work have its turn: about 2 ms. */
const TURN = 1 << 20;

class DealerSource implements WeightSource {
  private readonly room = new Room();

  constructor(
    private readonly kernels: Kernels,
    private readonly shares: DealerKeys,
  ) {}

  async rows(tensor: Tensor, from: number, count: number): Promise<Masked> {
    const { cols } = gridOf(tensor.shape);
    const halves = [lanes(count * cols), lanes(count * cols)] as const;
    this.draw(tensor, from * cols, halves);
    return masked(tensor, count, ...halves);
  }

  async each(tensor: Tensor, size: number, use: Use): Promise<void> {
    let lanes = 0;
    for (const { from, rows, first, lanes: n } of cutRows(gridOf(tensor.shape), size)) {
      const [l1, l2] = this.room.two(n);
      this.draw(tensor, first, [l1, l2]);
      mirrorMasks(this.kernels, l1, l2);
      use(l1, from, rows);
      lanes += n;
      if (lanes < TURN) continue;
      lanes = 0;
      await pause();
    }
  }

  private draw({ index }: Tensor, first: number, [l1, l2]: readonly [Lanes, Lanes]): void {
    const { kernels, shares } = this;
    drawMasks(kernels, l1, shares.keys[0], index, first);
    drawMasks(kernels, l2, shares.keys[1], index, first);
  }
}

class EvaluatorSource implements WeightSource {
  private readonly room = new Room();

  constructor(
    private readonly kernels: Kernels,
    private readonly shares: EvaluatorWeights,
  ) {}

  async rows(tensor: Tensor, from: number, count: number): Promise<Masked> {
    const { m } = await this.shares.tensor(tensor.name, from, count);
    const l = lanes(m.length);
    drawMasks(this.kernels, l, this.shares.key, tensor.index, from * gridOf(tensor.shape).cols);
    return masked(tensor, count, m, l);
  }

  each(tensor: Tensor, size: number, use: Use): Promise<void> {
    const { kernels, shares, room } = this;
    const { index, bits } = tensor;
    return shares.stream(tensor.name, (packed, chunk) => {
      for (const block of cutRows(gridOf(tensor.shape), size, chunk.from, chunk.from + chunk.rows)) {
        const [m, l] = room.two(block.lanes);
        drawMasks(kernels, l, shares.key, index, block.first);
        mirrorPacked(kernels, m, packed.subarray(packedBytes(block.first - chunk.first, bits)), l, bits);
        use(m, block.from, block.rows);
      }
    });
  }
}

/** Masks of a tensor from any lane on; blocks of the key stream begin at even ones. */
function drawMasks(kernels: Kernels, out: Lanes, key: Uint8Array, index: number, first: number): void {
  const before = first % 2;
  const whole = before === 0 ? out : lanes(out.length + 1);
  maskLanes(whole, kernels, key, index, first - before);
  if (before === 1) out.set(whole.subarray(1));
}

function masked({ shape, bits, frac }: Tensor, rows: number, first: Lanes, second: Lanes): Masked {
  return new Masked(shape.length === 0 ? [] : [rows, ...shape.slice(1)], bits, frac, first, second);
}

const NONE: Lanes = new BigUint64Array(0);

/** Two arrays that are used again for every block. */
class Room {
  private arrays: readonly [Lanes, Lanes] = [NONE, NONE];

  two(n: number): [Lanes, Lanes] {
    if (this.arrays[0].length < n) this.arrays = [lanes(n), lanes(n)];
    return [this.arrays[0].subarray(0, n), this.arrays[1].subarray(0, n)];
  }
}
