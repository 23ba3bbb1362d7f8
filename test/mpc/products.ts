/** Many products as large as truncation allows, checked without a big integer per element. */
import { randomFillSync } from 'node:crypto';
import type { Lanes } from '../../src/kernels/index.ts';
import { product } from '../../src/mpc/product.ts';
import { truncate } from '../../src/mpc/truncate.ts';
import { type Additive, Masked } from '../../src/mpc/values.ts';
import { threeParties } from '../../src/party/local.ts';
import { kernels } from './parties.ts';

const [FRAC, LIMIT] = [18, 62];

/**
 * n products x y with |x y| just below 2^62, truncated by 18 bits in Z_2^64. Right is the floor or one more: everything else counts
 * as a wrap. `error` is the mean of result - exact, in units.
 */
export async function truncatedProducts(n: number): Promise<{ wraps: number; error: number }> {
  const [x, y] = factors(n);
  const parts = [share(x), share(y)] as const;
  const [, one, two] = await threeParties(
    async (party) => truncate(party, await product(party, parts[0][party.role], parts[1][party.role]), FRAC),
    { kernels },
  );
  const exact = lanes(n);
  kernels.mul(exact, x, y);
  const over = lanes(n);
  kernels.add(over, (one as Additive).share!, (two as Additive).share!);
  kernels.sub(over, over, floors(exact));
  return judge(over, exact);
}

const lanes = (n: number): Lanes => new BigUint64Array(n);

/** x of 20 to 41 bits, and the y of either sign that takes the product nearest to 2^62. */
function factors(n: number): [Lanes, Lanes] {
  const [x, y] = [lanes(n), lanes(n)];
  const draws = randomFillSync(new Uint32Array(n));
  const [xs, ys] = [new BigInt64Array(x.buffer), new BigInt64Array(y.buffer)];
  for (let i = 0; i < n; i++) {
    const size = 2 ** (20 + 21 * (draws[i]! / 2 ** 32));
    const v = Math.floor(size);
    const w = Math.floor(2 ** LIMIT / v) - 1;
    xs[i] = BigInt(v);
    ys[i] = BigInt(draws[i]! & 1 ? w : -w);
  }
  return [x, y];
}

/** Masked shares, with lanes alone. */
function share(x: Lanes): [Masked, Masked, Masked] {
  const [l1, l2] = [randomFillSync(lanes(x.length)), randomFillSync(lanes(x.length))];
  const m = lanes(x.length);
  kernels.add(m, x, l1);
  kernels.add(m, m, l2);
  const part = (first: Lanes, second: Lanes) => new Masked([x.length], 64, 0, first, second);
  return [part(l1, l2), part(m, l1), part(m, l2)];
}

/** floor(z / 2^18) of signed z: shifted after an offset that makes it positive. */
function floors(z: Lanes): Lanes {
  const out = lanes(z.length);
  kernels.addConst(out, z, 1n << BigInt(LIMIT));
  kernels.shiftRight(out, out, FRAC, 64);
  kernels.addConst(out, out, -(1n << BigInt(LIMIT - FRAC)));
  return out;
}

function judge(over: Lanes, exact: Lanes): { wraps: number; error: number } {
  const [unit, z] = [new Uint32Array(over.buffer), new Uint32Array(exact.buffer)];
  let [wraps, error] = [0, 0];
  for (let i = 0; i < unit.length; i += 2) {
    if (unit[i]! > 1 || unit[i + 1] !== 0) wraps += 1;
    error += unit[i]! - (z[i]! % 2 ** FRAC) / 2 ** FRAC;
  }
  return { wraps, error: error / over.length };
}
