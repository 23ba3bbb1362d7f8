import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import { drop, raise, reduce, reshape, toAdditive } from '../mpc/local.ts';
import { settle, settlePrice } from '../mpc/truncate.ts';
import { Additive, Masked, type Price } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import type { Ring } from './secure-rings.ts';

/**
 * A value of the secure interpreter, [rows, cols]. Results of products stay additive and unscaled until something needs them masked: then
 * sums of them cost one truncation in all, in the ring that their consumer asks for.
 */
export type Secure = Masked | Additive;

/** x as a masked value with `frac` fractional bits in Z_2^bits, by the cheapest way; local if the ring of x allows it. */
export async function wanted(party: Party, x: Secure, to: Ring): Promise<Masked> {
  if (x instanceof Additive) return settle(party, x, to);
  const t = x.frac - to.frac;
  if (x.bits - t < to.bits) return settle(party, toAdditive(party, x), to);
  return reduce(t >= 0 ? drop(party, x, t) : raise(party, x, -t), to.bits);
}

/** What the price of wanted() depends on. */
export type Form = Ring & { masked: boolean };

export const formOf = (x: Secure): Form => ({ bits: x.bits, frac: x.frac, masked: x instanceof Masked });

/** The price of wanted() for n elements: that of settle(), or nothing. */
export function wantedPrice(n: number, x: Form, to: Ring): Price {
  if (!x.masked || x.bits - (x.frac - to.frac) < to.bits) return settlePrice(n, x, to);
  return { rounds: 0, dealer: 0, online: 0 };
}

export function additive(party: Party, x: Secure): Additive {
  return x instanceof Masked ? toAdditive(party, x) : x;
}

export const rowsOf = (x: Secure): number => x.shape[0]!;
export const colsOf = (x: Secure): number => x.shape[1]!;

/** Rows from .. from + count. */
export function rowsFrom(x: Secure, from: number, count: number): Secure {
  const cols = colsOf(x);
  ensure(from + count <= rowsOf(x), 'rows out of range');
  const cut = (a: Lanes) => a.subarray(from * cols, (from + count) * cols);
  if (x instanceof Additive) return new Additive([count, cols], x.bits, x.frac, x.share && cut(x.share));
  return new Masked([count, cols], x.bits, x.frac, cut(x.first), cut(x.second));
}

/** The same entries in rows of another width. */
export function withWidth(x: Secure, width: number): Secure {
  const shape = [x.size / width, width];
  return x instanceof Masked ? reshape(x, shape) : new Additive(shape, x.bits, x.frac, x.share);
}
