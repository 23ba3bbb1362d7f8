import { ensure } from '../errors.ts';
import type { Lanes, MatmulShape } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { dealt, halve, mirrored, mirroredForm } from './mirror.ts';
import { Additive, type Masked } from './values.ts';

/** A masked matrix [rows, cols] that is never in memory as a whole: its rows come in blocks, mirrored. */
export type StreamedMatrix = {
  shape: readonly [rows: number, cols: number];
  bits: number;
  frac: number;
  /**
   * Calls `use` with blocks of about so many lanes, from the first row to the last: of the dealer l1 - l2, of evaluator i m - 2 l_i
   * (mirror.ts). A block is good until `use` returns. `from` is its first row.
   */
  each(lanes: number, use: (block: Lanes, from: number, rows: number) => void): Promise<void>;
};

/**
 * mirroredMatmul (mirror.ts) of x [n, k] and a streamed y [k, width], or [width, k] when transposed -> [n, width]. The same step, message and
 * price, and so as safe. An evaluator adds its dealt share last: it computes while that is under way.
 */
export async function streamedMatmul(
  party: Party,
  x: Masked,
  y: StreamedMatrix,
  transposeB: boolean,
): Promise<Additive> {
  const step = party.step();
  const product = new StreamedProduct(party, x, y, transposeB);
  const { out, shape } = product;
  const { bits, frac } = mirroredForm(x, y);
  const count = out.length;
  const work = product.run();
  const deal = () => step.deal([{ count, bits: bits + 1, make: (p) => dealt(p, out) }]);
  if (party.deals) await work.then(deal);
  else {
    const [[share]] = await Promise.all([deal(), work]);
    party.kernels.add(out, out, share!);
    halve(party, out, bits);
  }
  return new Additive(shape, bits, frac, party.deals ? undefined : out);
}

/** One party's local part, block by block; of the dealer, what it shares. */
class StreamedProduct {
  readonly shape: readonly [number, number];
  readonly out: Lanes;
  /** Of 2 x y. */
  private readonly bits: number;
  private readonly left: Lanes;
  private room: Lanes | undefined;

  constructor(
    private readonly party: Party,
    x: Masked,
    private readonly y: StreamedMatrix,
    private readonly transposeB: boolean,
  ) {
    const [rows, cols] = y.shape;
    const [n, k, width] = [x.shape[0]!, transposeB ? cols : rows, transposeB ? rows : cols];
    ensure(x.size === n * k, 'streamed matmul: the left operand has the wrong size');
    this.shape = [n, width];
    this.bits = mirroredForm(x, y).bits + 1;
    this.out = party.zeros(n * width);
    this.left = mirrored(party, x);
  }

  run(): Promise<void> {
    const use = this.transposeB ? this.addColumns : this.addTerms;
    return this.y.each(blockLanes(this.shape[0]) * this.party.kernels.threads, use);
  }

  /** Rows of y are columns of the result. */
  private readonly addColumns = (block: Lanes, from: number, count: number): void => {
    const [n, width] = this.shape;
    const k = this.y.shape[1];
    const to = n === 1 ? this.out.subarray(from, from + count) : this.scratch(n * count);
    this.multiply(to, this.left, block, { m: n, k, n: count, transposeB: true, accumulate: 0 });
    if (n > 1) {
      for (let i = 0; i < n; i++) this.out.set(to.subarray(i * count, (i + 1) * count), i * width + from);
    }
  };

  /** Rows of y meet columns of x: terms of every sum. */
  private readonly addTerms = (block: Lanes, from: number, count: number): void => {
    const [n, width] = this.shape;
    const k = this.y.shape[0];
    const left = this.scratch(n * count);
    for (let i = 0; i < n; i++) left.set(this.left.subarray(i * k + from, i * k + from + count), i * count);
    this.multiply(this.out, left, block, { m: n, k: count, n: width, accumulate: 1 });
  };

  private multiply(out: Lanes, left: Lanes, block: Lanes, shape: Omit<MatmulShape, 'batch' | 'bits'>): void {
    this.party.kernels.matmul(out, left, block, { ...shape, batch: 1, bits: this.bits });
  }

  private scratch(n: number): Lanes {
    if (!this.room || this.room.length < n) this.room = this.party.lanes(n);
    return this.room.subarray(0, n);
  }
}

/**
 * Measured: the kernel for few rows wants blocks that stay in the cache; the one for more packs the left operand anew for each
 * block, which larger blocks make up for.
 */
const blockLanes = (rows: number): number => (rows <= 16 ? 1 << 17 : 1 << 19);
