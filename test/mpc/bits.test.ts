import { describe, expect, test } from 'vitest';
import {
  allOf,
  allOfPrice,
  conjunction,
  conjunctionHelp,
  drawMasks,
  flip,
  open,
  products,
  swap,
  xor,
} from '../../src/mpc/bits.ts';
import type { SharedBits, Wire } from '../../src/mpc/values.ts';
import type { Party } from '../../src/party/party.ts';
import { random, SIZES } from './numbers.ts';
import { bitmap, run, shared } from './parties.ts';

const coins = (n: number, seed: number) => {
  const next = random(seed);
  return Array.from({ length: n }, () => Math.floor(2 * next()));
};
const ints = (bits: readonly number[]) => bits.map(BigInt);

describe.each(SIZES)('%i bits', (n) => {
  test('xor, complement, xor with public bits: local', async () => {
    const [a, b] = [coins(n, 1), coins(n, 2)];
    const { values, bill } = await run([shared(a), shared(b)], async (p, x, y) => [
      xor(p, x, y),
      flip(p, x),
      flip(p, x, bitmap(b)),
    ]);
    const either = ints(a.map((v, i) => v ^ b[i]!));
    expect(values).toEqual([either, ints(a.map((v) => 1 - v)), either]);
    expect(bill).toEqual({ rounds: 0, dealer: 0, online: 0 });
  });

  test('open: the wire is the bit under a mask of the dealer', async () => {
    const a = coins(n, 3);
    const { values, bill } = await run([shared(a)], async (p, x) => {
      const step = p.step();
      step.countRound();
      const [wire] = await open(p, step, [x]);
      return asBits(p, n, wire!);
    });
    expect(values[0]).toEqual(ints(a));
    expect(bill).toEqual({ rounds: 1, dealer: 0, online: 16 * Math.ceil(n / 8) });
  });
});

/** c xor r, as a sharing: evaluator 1 takes c along. */
function asBits(p: Party, n: number, { c, r }: Wire): SharedBits {
  if (p.deals) return { n, share: undefined };
  return { n, share: p.role === 1 ? r.map((word, i) => word ^ c![i]!) : r };
}

/** AND of shared bits as the protocols take it: open them under masks, with the products of the masks dealt. */
async function and(p: Party, bits: readonly SharedBits[], n: number): Promise<SharedBits> {
  const step = p.step();
  step.countRound();
  const masks = drawMasks(p, step, bits);
  const help = step.deal(conjunctionHelp(masks, n));
  if (p.deals) {
    await help;
    return { n, share: undefined };
  }
  const [wires, dealt] = await Promise.all([swap(p, step, bits, masks), help]);
  return conjunction(p, wires, dealt);
}

test.each([
  [1, 0],
  [2, 1],
  [3, 4],
  [4, 11],
])('conjunction of %i wires takes %i dealt products', async (wires, dealt) => {
  const n = 128;
  const bits = Array.from({ length: wires }, (_, i) => coins(n, 10 + i));
  const inputs = bits.map((b) => shared(b));
  const { values, bill } = await run(inputs, (p, ...own) => and(p, own, n));
  expect(values[0]).toEqual(Array.from({ length: n }, (_, i) => BigInt(bits.every((b) => b[i] === 1))));
  expect(products(wires)).toHaveLength(dealt);
  expect(bill).toEqual({ rounds: 1, dealer: dealt * n, online: 2 * wires * n });
});

describe.each([1, 2, 3, 4, 5, 7, 9, 10, 27])('the AND of %i bits', (length) => {
  test.each([0, 1, 64, 130])('of %i lists: right, for what it declares', async (n) => {
    // of each list none, one or more are 0; the second lists are all ones
    const zeroAt = coins(n, length).map((coin, i) => (coin === 0 ? -1 : i % length));
    const lists = Array.from({ length }, (_, j) =>
      zeroAt.map((at, i) => (j === at || (j > at && i % 5 === 4) ? 0 : 1)),
    );
    const ones = Array<number>(n).fill(1);
    const inputs = [...lists.map((list) => shared(list)), shared(ones)];
    const { values, bill } = await run(inputs, (p, ...own) =>
      allOf(p, [own.slice(0, length), Array(length).fill(own[length]!)]),
    );
    expect(values).toEqual([ints(ones.map((_, i) => Number(lists.every((list) => list[i] === 1)))), ints(ones)]);
    const price = allOfPrice(2 * n, length);
    expect(bill.rounds).toBe(price.rounds);
    expect(3 ** bill.rounds).toBeGreaterThanOrEqual(length);
    expect(3 ** (bill.rounds - 1)).toBeLessThan(length);
    if (n % 64 === 0) expect(bill).toEqual(price);
  });
});
