import { setImmediate as pause } from 'node:timers/promises';
import type { Kernels, Lanes } from '../kernels/index.ts';
import {
  type Chunk,
  cutRows,
  type DealerShares,
  type EvaluatorShares,
  gridOf,
  maskLanes,
  packedBytes,
  type SharedTensor,
} from '../loaders/shares.ts';
import type { StreamedMatrix } from '../mpc/streamed.ts';
import { Masked } from '../mpc/values.ts';
import { lanes } from '../party/random.ts';

/** A tensor of the manifest; its masks are made from its number. */
export type Tensor = SharedTensor & { index: number };

/** What a party has of a weight: the dealer l1 + l2, an evaluator m and its half of the weight, m - l1 or -l2. */
export interface WeightSource {
  /** Rows of a tensor, in arrays of their own. */
  rows(tensor: Tensor, from: number, count: number): Promise<Masked>;
  /** All rows, block by block, in arrays that are used again. */
  each(tensor: Tensor, ...how: Parameters<StreamedMatrix['each']>): Promise<void>;
}

export function weightSource(kernels: Kernels, shares: DealerShares | EvaluatorShares): WeightSource {
  return shares.role === 0 ? new DealerSource(kernels, shares) : new EvaluatorSource(kernels, shares);
}

/** Lanes after which the dealer, who waits for nothing, lets other work have its turn: about 2 ms. */
const TURN = 1 << 20;

class DealerSource implements WeightSource {
  private readonly room = new Room();

  constructor(
    private readonly kernels: Kernels,
    private readonly shares: DealerShares,
  ) {}

  async rows(tensor: Tensor, from: number, count: number): Promise<Masked> {
    const { cols } = gridOf(tensor.shape);
    const [sum, other] = [lanes(count * cols), lanes(count * cols)];
    return this.dealt(tensor, count, from * cols, sum, other);
  }

  async each(tensor: Tensor, size: number, use: (block: Masked, from: number) => void): Promise<void> {
    for (const turn of cutRows(gridOf(tensor.shape), Math.max(size, TURN))) {
      for (const { from, rows, first, lanes } of cutRows(
        gridOf(tensor.shape),
        size,
        turn.from,
        turn.from + turn.rows,
      )) {
        use(this.dealt(tensor, rows, first, ...this.room.two(lanes)), from);
      }
      await pause();
    }
  }

  private dealt(tensor: Tensor, rows: number, first: number, sum: Lanes, other: Lanes): Masked {
    const { kernels, shares } = this;
    drawMasks(kernels, sum, shares.keys[0], tensor.index, first);
    drawMasks(kernels, other, shares.keys[1], tensor.index, first);
    kernels.add(sum, sum, other);
    return held(tensor, rows, NONE, sum);
  }
}

class EvaluatorSource implements WeightSource {
  private readonly room = new Room();

  constructor(
    private readonly kernels: Kernels,
    private readonly shares: EvaluatorShares,
  ) {}

  async rows(tensor: Tensor, from: number, count: number): Promise<Masked> {
    const { m } = await this.shares.tensor(tensor.name, from, count);
    return this.evaluated(tensor, count, from * gridOf(tensor.shape).cols, m, lanes(m.length));
  }

  each(tensor: Tensor, size: number, use: (block: Masked, from: number) => void): Promise<void> {
    return this.shares.stream(tensor.name, (packed, chunk) => {
      for (const block of cutRows(gridOf(tensor.shape), size, chunk.from, chunk.from + chunk.rows)) {
        use(
          this.unpacked(tensor, block, packed.subarray(packedBytes(block.first - chunk.first, tensor.bits))),
          block.from,
        );
      }
    });
  }

  private unpacked(tensor: Tensor, { rows, first, lanes }: Chunk, packed: Uint8Array): Masked {
    const [m, half] = this.room.two(lanes);
    this.kernels.unpack(m, packed, tensor.bits);
    return this.evaluated(tensor, rows, first, m, half);
  }

  private evaluated(tensor: Tensor, rows: number, first: number, m: Lanes, half: Lanes): Masked {
    const { kernels, shares } = this;
    drawMasks(kernels, half, shares.key, tensor.index, first);
    if (shares.role === 1) kernels.sub(half, m, half);
    else kernels.neg(half, half);
    return held(tensor, rows, m, half);
  }
}

/** Masks of a tensor from any lane on; blocks of the key stream begin at even ones. */
function drawMasks(kernels: Kernels, out: Lanes, key: Uint8Array, index: number, first: number): void {
  const before = first % 2;
  const whole = before === 0 ? out : lanes(out.length + 1);
  maskLanes(whole, kernels, key, index, first - before);
  if (before === 1) out.set(whole.subarray(1));
}

function held({ shape, bits, frac }: Tensor, rows: number, m: Lanes, derived: Lanes): Masked {
  const out = new Masked(shape.length === 0 ? [] : [rows, ...shape.slice(1)], bits, frac, m, NONE);
  out.derived = derived;
  return out;
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
