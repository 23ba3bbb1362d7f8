import { open, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { toAdditive } from '../../src/mpc/local.ts';
import { productPrice } from '../../src/mpc/product.ts';
import type { Masked } from '../../src/mpc/values.ts';
import type { SharedWeights } from '../../src/ops/secure.ts';
import type { Party } from '../../src/party/party.ts';
import { openWeights } from '../../src/runtime/weights.ts';
import { openShares, writeShares } from '../../src/shares/index.ts';
import { integers } from '../mpc/numbers.ts';
import { kernels, masked, type Outcome, type Parts, type Result, run } from '../mpc/parties.ts';
import { flip, scratch, shareOptions, type Weights, weights } from './helpers.ts';

const path = scratch();

/** Rows of every length modulo 8, chunks of one row and of many, and nothing at all. */
const TENSORS: readonly Weights[] = [
  weights('square', 'matrix', [16, 16]),
  weights('odd', 'matrix', [21, 13]),
  weights('narrow', 'matrix', [150, 1]),
  weights('flat', 'matrix', [1, 301]),
  weights('even', 'table', [19, 6]),
  weights('fours', 'table', [9, 12]),
  weights('empty', 'matrix', [0, 5]),
  weights('bias', 'vector', [133]),
];
const LARGE = TENSORS.filter(({ kind }) => kind !== 'vector');

beforeAll(async () => {
  await writeShares({ ...shareOptions(TENSORS, path('shares')), chunkLanes: 64 });
});

type Program = (party: Party, weights: SharedWeights, x: Masked) => Promise<Result | Result[]>;

/** A program at three parties with the shares of a folder. A model of more than keepBytes is streamed. */
async function withWeights(
  keepBytes: number,
  x: Parts<Masked>,
  program: Program,
  folder = path('shares'),
): Promise<Outcome> {
  const shares = [await openShares(folder, 0), await openShares(folder, 1), await openShares(folder, 2)] as const;
  try {
    return await run([x], (party, own) =>
      program(party, openWeights(party.kernels, shares[party.role], shares[0].manifest.tensors, keepBytes), own),
    );
  } finally {
    for (const own of shares) await own.close();
  }
}

const nothing = masked([], { bits: 64, shape: [0, 0] });

/** The shared integers of a tensor with 18 fractional bits. */
const integersOf = ({ data }: Weights): bigint[] =>
  Array.from(data, (v) => BigInt(Math.sign(v) * Math.floor(Math.abs(v) * 2 ** 18 + 0.5)));

/** x [n, k] by w [rows, cols], transposed or not, in Z_2^bits. */
function clear(x: bigint[], n: number, w: Weights, transposed: boolean, bits: number): bigint[] {
  const [rows, cols] = w.shape as [number, number];
  const values = integersOf(w);
  const [k, width] = transposed ? [cols, rows] : [rows, cols];
  const at = (s: number, j: number) => values[transposed ? j * cols + s : s * cols + j]!;
  const entry = (i: number, j: number) =>
    Array.from({ length: k }, (_, s) => x[i * k + s]! * at(s, j)).reduce((sum, v) => sum + v, 0n);
  return Array.from({ length: n * width }, (_, e) => BigInt.asIntN(bits, entry(Math.floor(e / width), e % width)));
}

const STREAMED = 0;
const HELD = 1 << 20;

describe.each([
  ['streamed', STREAMED],
  ['held', HELD],
])('%s', (_, keepBytes) => {
  describe.each([false, true])('transposed: %s', (transposed) => {
    test.each(LARGE.flatMap((w) => [1, 3, 20].map((n): [string, number, Weights] => [w.name, n, w])))(
      'products with %s, %i rows',
      async (name, n, w) => {
        const k = w.shape[transposed ? 1 : 0]!;
        const x = integers(n * k, 20);
        const { values, bill } = await withWeights(
          keepBytes,
          masked(x, { bits: 48, frac: 2, shape: [n, k] }),
          async (p, held, own) => {
            const out = await held.times(p, own, name, transposed);
            const { bits, frac } = held.form(name);
            expect([out.bits, out.frac]).toEqual([Math.min(48, bits), frac + 2]);
            return out;
          },
        );
        const bits = w.kind === 'table' ? 32 : 48;
        expect(values[0]).toEqual(clear(x, n, w, transposed, bits));
        const { dealer, ...price } = productPrice(values[0]!.length, bits + 1);
        expect(bill).toEqual({ ...price, dealer: 8 * Math.ceil(dealer / 8) });
      },
    );
  });

  test.each([
    ['even', 0, 19],
    ['even', 11, 1],
    ['even', 18, 1],
    ['fours', 3, 4],
    ['odd', 5, 7], // begins at an odd lane
    ['odd', 20, 0],
  ])('rows of %s, from %i, %i of them', async (name, from, count) => {
    const w = TENSORS.find((tensor) => tensor.name === name)!;
    const { values } = await withWeights(keepBytes, nothing, async (p, held) => {
      const rows = await held.rows(name, from, count);
      expect(rows.shape).toEqual([count, w.shape[1]]);
      return toAdditive(p, rows);
    });
    expect(values[0]).toEqual(integersOf(w).slice(from * w.shape[1]!, (from + count) * w.shape[1]!));
  });

  test('a vector', async () => {
    const { values } = await withWeights(keepBytes, nothing, async (p, held) => toAdditive(p, await held.get('bias')));
    expect(values[0]).toEqual(integersOf(TENSORS.at(-1)!));
  });

  test('what there is, and what it is', async () => {
    await withWeights(keepBytes, nothing, async (_p, held) => {
      expect([held.has('odd'), held.has('even.weight')]).toEqual([true, false]);
      expect(held.form('even')).toMatchObject({ shape: [19, 6], bits: 32, frac: 18 });
      expect(() => held.form('none')).toThrow('no weight none');
      return [];
    });
  });

  test('products side by side, and one after the other', async () => {
    const x = integers(2 * 13, 20);
    const { values } = await withWeights(keepBytes, masked(x, { bits: 48, shape: [2, 13] }), async (p, held, own) => {
      const odd = (party: Party) => held.times(party, own, 'odd', true);
      const branches = await p.all(odd, odd, odd);
      return [...branches, await odd(p)];
    });
    for (const value of values) expect(value).toEqual(clear(x, 2, TENSORS[1]!, true, 48));
  });
});

test('a matrix of a large model is not held', async () => {
  const shares = await openShares(path('shares'), 1);
  const get = openWeights(kernels, shares, shares.manifest.tensors, STREAMED).get('odd');
  await expect(get).rejects.toThrow('odd is a matrix of a large model: it is not held');
  await shares.close();
});

/** A byte of masked.safetensors is changed: in its data, so many bytes before the end. */
async function altered(folder: string, fromEnd: number): Promise<void> {
  await flip(path(folder, 'party1', 'masked.safetensors'), -fromEnd);
}

describe('alterations', () => {
  const one = masked([1n], { bits: 48, shape: [1, 1] });
  const narrow: Program = (p, held, x) => held.times(p, x, 'narrow', true);
  const options = (out: string) => ({
    ...shareOptions([weights('narrow', 'matrix', [150, 1])], path(out)),
    chunkLanes: 64,
  });

  test.each([
    ['the first chunk', 150 * 8],
    ['the last byte', 1],
  ])('%s is noticed before it is computed with', async (what, fromEnd) => {
    await writeShares(options(what));
    await altered(what, fromEnd);
    const product = withWeights(STREAMED, one, narrow, path(what));
    await expect(product).rejects.toMatchObject({
      code: 'E_TAMPERED',
      message: expect.stringContaining('tensor "narrow" was altered: its SHA-256 is not the manifest\'s'),
    });
  });

  test('between two products', async () => {
    await writeShares(options('later'));
    const product = withWeights(
      STREAMED,
      one,
      async (p, held, x) => {
        const before = await narrow(p, held, x);
        await sleep(20); // times of modification are no finer than a few ms
        if (p.role === 1) await altered('later', 1);
        return [before as Result, (await narrow(p, held, x)) as Result];
      },
      path('later'),
    );
    await expect(product).rejects.toMatchObject({ code: 'E_TAMPERED' });
  });

  test('a file that is touched is checked again, and good', async () => {
    await writeShares(options('touched'));
    const file = path('touched', 'party1', 'masked.safetensors');
    const { values } = await withWeights(
      STREAMED,
      one,
      async (p, held, x) => {
        const before = await narrow(p, held, x);
        if (p.role === 1) await writeFile(file, await readFile(file), { flag: 'r+' });
        return [before as Result, (await narrow(p, held, x)) as Result];
      },
      path('touched'),
    );
    expect(values[1]).toEqual(values[0]);
  });

  test('a file that is cut short', async () => {
    await writeShares(options('short'));
    const product = withWeights(
      STREAMED,
      one,
      async (p, held, x) => {
        if (p.role === 1) {
          const file = await open(path('short', 'party1', 'masked.safetensors'), 'r+');
          await file.truncate((await file.stat()).size - 700);
          await file.close();
        }
        return narrow(p, held, x);
      },
      path('short'),
    );
    await expect(product).rejects.toMatchObject({ code: 'E_SAFETENSORS' });
  });
});
