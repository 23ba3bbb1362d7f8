import { ensure } from '../errors.ts';
import type { Lanes, MatmulShape } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { derived } from './local.ts';
import { Additive, type Masked } from './values.ts';

/** A masked matrix [rows, cols] that is never in memory as a whole: its rows come in blocks. */
export type StreamedMatrix = {
  shape: readonly [rows: number, cols: number];
  bits: number;
  frac: number;
  /**
   * Calls `use` with blocks of about so many lanes, from the first row to the last. `block` is good until `use` returns; the dealer's
   * holds its `derived`, l1 + l2, and may hold no more. `from` is its first row.
   */
  each(lanes: number, use: (block: Masked, from: number) => void): Promise<void>;
};

/**
 * matmul (product.ts) of x [n, k] and a streamed y [k, width], or [width, k] when transposed -> [n, width]. The same step, message and
 * price, and so as safe. With g_i evaluator i's half of x, the same share is
 *
 *     m_x h_i - l_xi m_y = g_i m_y - m_x l_yi
 *
 * where y takes part as it was read and as its masks were drawn: no half of it need be made. An evaluator adds its dealt share last: it
 * computes while that is under way.
 */
export async function streamedMatmul(
  party: Party,
  x: Masked,
  y: StreamedMatrix,
  transposeB: boolean,
): Promise<Additive> {
  const step = party.step();
  const product = new StreamedProduct(party, x, y, transposeB);
  const { out, shape, bits } = product;
  const count = out.length;
  const work = product.run();
  const deal = () => step.deal([{ count, bits, make: () => out }]);
  if (party.deals) await work.then(deal);
  else {
    const [[share]] = await Promise.all([deal(), work]);
    party.kernels.add(out, out, share!);
  }
  return new Additive(shape, bits, x.frac + y.frac, party.deals ? undefined : out);
}

/** One party's local part, block by block; of the dealer, what it shares. */
class StreamedProduct {
  readonly shape: readonly [number, number];
  readonly bits: number;
  readonly out: Lanes;
  /** Evaluator: its half of x. Dealer: l1 + l2. */
  private readonly half: Lanes;
  private room: Lanes | undefined;

  constructor(
    private readonly party: Party,
    private readonly x: Masked,
    private readonly y: StreamedMatrix,
    private readonly transposeB: boolean,
  ) {
    const [rows, cols] = y.shape;
    const [n, k, width] = [x.shape[0]!, transposeB ? cols : rows, transposeB ? rows : cols];
    ensure(x.size === n * k, 'streamed matmul: the left operand has the wrong size');
    this.shape = [n, width];
    this.bits = Math.min(x.bits, y.bits);
    this.out = party.zeros(n * width);
    this.half = derived(party, x);
  }

  run(): Promise<void> {
    const use = this.transposeB ? this.addColumns : this.addTerms;
    return this.y.each(blockLanes(this.shape[0]) * this.party.kernels.threads, use);
  }

  /** Rows of y are columns of the result. */
  private readonly addColumns = (block: Masked, from: number): void => {
    const [n, width] = this.shape;
    const [count, k] = [block.shape[0]!, block.shape[1]!];
    const to = n === 1 ? this.out.subarray(from, from + count) : this.scratch(n * count);
    this.multiply(to, this.half, this.x.first, block, { m: n, k, n: count, transposeB: true, accumulate: 0 });
    if (n > 1) {
      for (let i = 0; i < n; i++) this.out.set(to.subarray(i * count, (i + 1) * count), i * width + from);
    }
  };

  /** Rows of y meet columns of x: terms of every sum. */
  private readonly addTerms = (block: Masked, from: number): void => {
    const [n, width] = this.shape;
    const count = block.shape[0]!;
    const shape = { m: n, k: count, n: width, accumulate: 1 } as const;
    const room = this.scratch(2 * n * count);
    const [half, first] = [room.subarray(0, n * count), room.subarray(n * count)];
    this.cut(half, this.half, from, count);
    if (!this.party.deals) this.cut(first, this.x.first, from, count);
    this.multiply(this.out, half, first, block, shape);
  };

  private multiply(out: Lanes, half: Lanes, first: Lanes, block: Masked, shape: Local): void {
    const { kernels, deals } = this.party;
    const common = { ...shape, batch: 1, bits: this.bits };
    kernels.matmul(out, half, deals ? derived(this.party, block) : block.first, common);
    if (!deals) kernels.matmul(out, first, block.second, { ...common, accumulate: -1 });
  }

  /** Columns from .. from + count - 1 of an operand on the left. */
  private cut(to: Lanes, a: Lanes, from: number, count: number): void {
    const k = this.y.shape[0];
    for (let i = 0; i < this.shape[0]; i++) to.set(a.subarray(i * k + from, i * k + from + count), i * count);
  }

  private scratch(n: number): Lanes {
    if (!this.room || this.room.length < n) this.room = this.party.lanes(n);
    return this.room.subarray(0, n);
  }
}

type Local = Omit<MatmulShape, 'batch' | 'bits'>;

/**
 * Measured: the kernel for few rows wants blocks that stay in the cache; the one for more packs the left operand anew for each
 * block, which larger blocks make up for.
 */
const blockLanes = (rows: number): number => (rows <= 16 ? 1 << 17 : 1 << 19);
