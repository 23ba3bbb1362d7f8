import type { Bitmap, Lanes } from '../kernels/index.ts';

/**
 * How a secret x in Z_2^k is held (docs/protocols.md, sharing):
 *
 *              party 0 (dealer)   party 1          party 2
 *   masked     l1, l2             m, l1            m, l2            m = x + l1 + l2
 *   additive   nothing            a1               a2               x = a1 + a2
 *   shared bit nothing            s1               s2               b = s1 xor s2
 *   wire       r = r1 xor r2      c, r1            c, r2            c = b xor r
 *
 * Every party keeps a masked value as two arrays (first, second), so that linear maps are the same code at all three.
 * `frac` is the number of fractional bits: the secret integer stands for x / 2^frac.
 */
export type Shape = readonly number[];

/** A ring Z_2^bits, `frac` of its bits fractional. */
export type Ring = { bits: number; frac: number };

export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export class Masked {
  /** Dealer: l1 + l2. Evaluator: its half of x as an additive share. Computed once, by derived(). */
  derived: Lanes | undefined;
  /** Dealer: l1 - l2. Evaluator i: m - 2 l_i. Computed once, by mirrored(). */
  mirrored: Lanes | undefined;

  constructor(
    readonly shape: Shape,
    readonly bits: number,
    readonly frac: number,
    /** Evaluator: m. Dealer: l1. */
    readonly first: Lanes,
    /** Evaluator: its own l. Dealer: l2. */
    readonly second: Lanes,
  ) {}

  get size(): number {
    return sizeOf(this.shape);
  }
}

export class Additive {
  constructor(
    readonly shape: Shape,
    readonly bits: number,
    readonly frac: number,
    /** Evaluators only. */
    readonly share: Lanes | undefined,
  ) {}

  get size(): number {
    return sizeOf(this.shape);
  }
}

/** n bits shared by XOR; the dealer has none. */
export type SharedBits = { n: number; share: Bitmap | undefined };

/** n opened bits: c is public among the evaluators, r is the dealer's mask (an evaluator has its own half of r). */
export type Wire = { n: number; c: Bitmap | undefined; r: Bitmap };

/** What a protocol costs: rounds, bits the dealer sends and bits the evaluators exchange, headers and byte padding apart. */
export type Price = { rounds: number; dealer: number; online: number };

export const sum = (...prices: Price[]): Price => ({
  rounds: prices.reduce((n, p) => n + p.rounds, 0),
  dealer: prices.reduce((n, p) => n + p.dealer, 0),
  online: prices.reduce((n, p) => n + p.online, 0),
});

/** Side by side: the messages add up, the rounds of the longest count. */
export const beside = (...prices: Price[]): Price => ({
  ...sum(...prices),
  rounds: Math.max(0, ...prices.map((p) => p.rounds)),
});
