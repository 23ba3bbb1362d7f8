import { beforeAll, expect, test } from 'vitest';
import { type EvaluatorShares, openShares, writeShares } from '../../src/shares/index.ts';
import { refusal, scratch, shareOptions, weights } from './helpers.ts';

const path = scratch();

beforeAll(async () => {
  const tensors = [
    weights('words', 'table', [30, 8]),
    weights('bias', 'vector', [20]),
    weights('first', 'matrix', [21, 8]),
    weights('second', 'matrix', [5, 7]),
  ];
  await writeShares({ ...shareOptions(tensors, path('shares')), chunkLanes: 32 });
});

async function withShares(use: (shares: EvaluatorShares) => Promise<void>): Promise<void> {
  const shares = await openShares(path('shares'), 2);
  await use(shares).finally(() => shares.close());
}

/** The streamed bytes of a tensor and the chunks they came in. */
async function streamed(shares: EvaluatorShares, name: string): Promise<{ bytes: string; rows: number[] }> {
  let [bytes, rows] = ['', [] as number[]];
  await shares.stream(name, (packed, chunk) => {
    bytes += Buffer.from(packed).toString('hex');
    rows.push(chunk.rows);
  });
  return { bytes, rows };
}

test('chunks come in order, again and again, whatever was streamed before', () =>
  withShares(async (shares) => {
    const first = await streamed(shares, 'first');
    expect(first.rows).toEqual([4, 4, 4, 4, 4, 1]);
    const second = await streamed(shares, 'second');
    expect(second.rows).toEqual([5]); // rows of 7: whole bytes after 8 of them
    for (const name of ['first', 'words', 'second', 'first', 'first']) {
      const again = await streamed(shares, name);
      if (name === 'first') expect(again).toEqual(first);
      if (name === 'second') expect(again).toEqual(second);
    }
  }));

test('tensors asked for at the same time take turns', () =>
  withShares(async (shares) => {
    const order: string[] = [];
    const names = ['first', 'words', 'first', 'second'];
    await Promise.all(names.map((name) => shares.stream(name, () => void order.push(name))));
    expect(order.filter((name, i) => name !== order[i - 1])).toEqual(names);
  }));

test('rows are those of the whole tensor', () =>
  withShares(async (shares) => {
    for (const [name, cols] of [['words', 8] as const, ['second', 7] as const]) {
      const { m: whole, shape } = await shares.tensor(name);
      for (let from = 0; from <= shape[0]!; from++) {
        for (let count = 0; from + count <= shape[0]!; count++) {
          const rows = await shares.tensor(name, from, count);
          expect(rows.shape).toEqual([count, cols]);
          expect(rows.m).toEqual(whole.subarray(from * cols, (from + count) * cols));
        }
      }
    }
    await expect(shares.tensor('words', 29, 2)).rejects.toThrow('rows 29 to 31 are not all in words');
  }));

test('what cannot be streamed', () =>
  withShares(async (shares) => {
    expect(() => shares.stream('bias', () => {})).toThrow('bias is a vector: it is not streamed');
    const message = `E_TENSOR ${path('shares', 'party2', 'masked.safetensors')} has no tensor "x"`;
    expect(await refusal(() => shares.stream('x', () => {}))).toBe(message);
    // what its user throws ends a stream, and not those that wait for their turn
    const failed = shares.stream('first', () => {
      throw new Error('enough');
    });
    const next = streamed(shares, 'second');
    await expect(failed).rejects.toThrow('enough');
    expect((await next).rows).toEqual([5]);
  }));
