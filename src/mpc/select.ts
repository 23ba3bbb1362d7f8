import type { Bitmap, Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import { drawMasks, spread, swap } from './bits.ts';
import { derived } from './local.ts';
import { Additive, type Masked, type Price, type SharedBits } from './values.ts';

/** 1 round; the dealer shares r and r l in k bits, the bit is opened. */
export const selectPrice = (n: number, bits: number): Price => ({ rounds: 1, dealer: 2 * bits * n, online: 2 * n });

/**
 * Shared bit b times masked x, additive in Z_2^bits. With b = c xor r and s = 1 - 2c:
 *
 *     b x = c x + s (r m - r l)
 *
 * c and m are public, the dealer shares r and r l. Safe: c is masked by r, the dealt halves are fresh.
 */
export const select = scoped(async (party, bit: SharedBits, x: Masked, bits: number = x.bits): Promise<Additive> => {
  const step = party.step();
  step.countRound();
  const { kernels } = party;
  const masks = drawMasks(party, step, [bit]);
  const masked = (party: Party) => {
    const out = spread(party, masks[0]!, x.size);
    kernels.mul(out, out, derived(party, x));
    return out;
  };
  const help = step.deal([
    { count: x.size, bits, make: (party) => spread(party, masks[0]!, x.size) },
    { count: x.size, bits, make: masked },
  ]);
  if (party.deals) {
    await help;
    return new Additive(x.shape, bits, x.frac, undefined);
  }
  const [[wire], dealt] = await Promise.all([swap(party, step, [bit], masks), help]);
  const [r, rl] = dealt as [Lanes, Lanes];
  kernels.mul(r, r, x.first);
  kernels.sub(r, r, rl);
  kernels.blend(r, wire!.c!, derived(party, x), r); // c half + (1 - 2c)(r m - r l)
  return new Additive(x.shape, bits, x.frac, r);
});

export const toRingPrice = (n: number, bits: number): Price => ({ rounds: 1, dealer: bits * n, online: 2 * n });

/** Shared bits -> the additive integers 0 or 1 in Z_2^bits, all in one round: b = c + s r, and the dealer shares r. */
export const toRing = scoped(async (party, bits: readonly SharedBits[], ring: number): Promise<Additive[]> => {
  const step = party.step();
  step.countRound();
  const { kernels } = party;
  const masks = drawMasks(party, step, bits);
  const help = step.deal(
    bits.map(({ n }, i) => ({ count: n, bits: ring, make: (party) => spread(party, masks[i]!, n) })),
  );
  if (party.deals) {
    await help;
    return bits.map(({ n }) => new Additive([n], ring, 0, undefined));
  }
  const [wires, dealt] = await Promise.all([swap(party, step, bits, masks), help]);
  return wires.map((wire, i) => {
    const one = party.lanes(wire.n);
    one.fill(party.role === 1 ? 1n : 0n);
    kernels.blend(one, wire.c!, one, dealt[i]!); // c + (1 - 2c) r
    return new Additive([wire.n], ring, 0, one);
  });
});

export const andNotPrice = (n: number, times: number, bits: number): Price => ({
  rounds: 1,
  dealer: (2 * times + 1) * bits * n,
  online: 2 * (times + 1) * n,
});

/**
 * b (1 - g) as an additive integer in Z_2^ring, for `times` lists of n bits b, one after the other, and n bits g. One round. With
 * b = c xor r and g = d xor q, the dealer shares r, q and r q; then b, g b and b - g b follow from c and d, which are opened:
 *
 *     b = c + (1 - 2c) r,     b q = c q + (1 - 2c) r q,     b (1 - g) = (1 - d) b - (1 - 2d) b q
 *
 * Safe: c and d are masked by r and q, the dealt halves are fresh.
 */
export const andNot = scoped(async (party, b: SharedBits, g: SharedBits, ring: number): Promise<Additive> => {
  const step = party.step();
  step.countRound();
  const { kernels } = party;
  const times = b.n / Math.max(1, g.n);
  const masks = drawMasks(party, step, [b, g]);
  const [r, q] = masks as [Bitmap, Bitmap];
  const both = (p: Party) => {
    const out = spread(p, r, b.n);
    kernels.mul(out, out, tiled(p, spread(p, q, g.n), times));
    return out;
  };
  const help = step.deal([
    { count: b.n, bits: ring, make: (p) => spread(p, r, b.n) },
    { count: g.n, bits: ring, make: (p) => spread(p, q, g.n) },
    { count: b.n, bits: ring, make: both },
  ]);
  if (party.deals) {
    await help;
    return new Additive([b.n], ring, 0, undefined);
  }
  const [[c, d], dealt] = await Promise.all([swap(party, step, [b, g], masks), help]);
  const one = party.lanes(b.n).fill(party.role === 1 ? 1n : 0n);
  const [inRing, gateMask, product] = [dealt[0]!, tiled(party, dealt[1]!, times), dealt[2]!];
  kernels.blend(inRing, c!.c!, one, inRing); // b
  kernels.blend(product, c!.c!, gateMask, product); // b q
  const not = party.lanes(b.n);
  const gate = tiled(party, spread(party, d!.c!, g.n), times);
  kernels.scale(not, gate, -1n);
  kernels.addConst(not, not, 1n); // 1 - d
  kernels.mul(inRing, inRing, not);
  kernels.sub(not, gate, not); // 2d - 1
  kernels.mul(product, product, not);
  kernels.add(inRing, inRing, product);
  return new Additive([b.n], ring, 0, inRing);
});

/** The lanes so many times, one after the other. */
function tiled(party: Party, a: Lanes, times: number): Lanes {
  const out = party.lanes(a.length * times);
  for (let i = 0; i < times; i++) out.set(a, i * a.length);
  return out;
}
