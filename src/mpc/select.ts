import type { Bitmap, Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import { drawMasks, swap } from './bits.ts';
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

function spread(party: Party, bits: Bitmap, n: number): Lanes {
  const out = party.lanes(n);
  party.kernels.spread(out, bits);
  return out;
}
