import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfChunk, chunkAt, countChunks, cutRows, gridOf } from '../../src/shares/chunks.ts';

const GRIDS: [shape: number[], rows: number, cols: number][] = [
  [[], 1, 1],
  [[5], 5, 1],
  [[3, 4], 3, 4],
  [[2, 3, 4], 2, 12],
  [[0, 4], 0, 4],
  [[4, 0], 4, 0],
];

test.each(GRIDS)('%j as a grid', (shape, rows, cols) => expect(gridOf(shape)).toEqual({ rows, cols }));

describe('chunks', () => {
  const cases: [shape: number[], lanes: number, rows: number[]][] = [
    [[10, 16], 64, [4, 4, 2]],
    [[10, 16], 1, Array(10).fill(1)],
    [[10, 12], 50, [4, 4, 2]], // 2 rows are 24 lanes: whole bytes
    [[20, 13], 50, [8, 8, 4]], // 8 rows, though they are more lanes than that
    [[20], 16, [16, 4]],
    [[3, 8], 1 << 20, [3]],
    [[0, 8], 16, []],
    [[8, 0], 16, []],
  ];

  test.each(cases)('of %j, %i lanes each', (shape, lanes, rows) => {
    expect(cutRows(gridOf(shape), lanes).map((chunk) => chunk.rows)).toEqual(rows);
    expect(countChunks(gridOf(shape), lanes)).toBe(rows.length);
  });

  test('cover a tensor once, in order, and begin at whole bytes and blocks', () => {
    const extents = fc.record({ rows: fc.nat(60), cols: fc.nat(40), lanes: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(extents, fc.integer({ min: 1, max: 64 }), ({ rows, cols, lanes }, bits) => {
        const grid = { rows, cols };
        let [row, byte] = [0, 0];
        cutRows(grid, lanes).forEach((chunk, c) => {
          expect(chunk).toEqual(chunkAt(grid, lanes, c));
          expect([chunk.from, chunk.first, chunk.lanes]).toEqual([row, row * cols, chunk.rows * cols]);
          expect(chunk.first % 8).toBe(0);
          expect(bytesOfChunk(chunk, bits).offset).toBe(byte);
          row += chunk.rows;
          byte += bytesOfChunk(chunk, bits).length;
        });
        if (cols > 0) expect([row, byte]).toEqual([rows, Math.ceil((rows * cols * bits) / 8)]);
      }),
    );
  });

  test('blocks of a chunk cover it likewise', () => {
    const grid = { rows: 37, cols: 6 };
    const [, chunk] = cutRows(grid, 100);
    const blocks = cutRows(grid, 24, chunk!.from, chunk!.from + chunk!.rows);
    expect(blocks.map(({ from, rows }) => [from, rows])).toEqual([
      [16, 4],
      [20, 4],
      [24, 4],
      [28, 4],
    ]);
  });
});
