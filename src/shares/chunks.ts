import { sizeOf } from '../files/io.ts';
import { packedBytes } from './layout.ts';

/** A tensor as rows of lanes: [rows, cols]. A vector is a column, more axes than two are folded into the second. */
export type Grid = { rows: number; cols: number };

/**
 * Rows from .. from + rows - 1 of a tensor, which begin at lane `first`. A chunk is what is read and checked at a time; it has a sum of its
 * own in the manifest. Every chunk starts at a whole byte of the packed tensor and at a whole block of its masks.
 */
export type Chunk = { from: number; rows: number; first: number; lanes: number };

export function gridOf(shape: readonly number[]): Grid {
  const [rows = 1, ...rest] = shape;
  return { rows, cols: sizeOf(rest) };
}

/** Rows in multiples of which a tensor can be cut: 8 lanes, or a multiple of it, for whole bytes and blocks. */
export function rowGroup({ cols }: Grid): number {
  for (const rows of [1, 2, 4]) if ((rows * cols) % 8 === 0) return rows;
  return 8;
}

/** Rows of a part of about `lanes` lanes; one group at least. */
function rowsOfPart(grid: Grid, lanes: number): number {
  const group = rowGroup(grid);
  return Math.max(1, Math.floor(lanes / grid.cols / group)) * group;
}

/** How many chunks a tensor has; none when it is empty. */
export function countChunks(grid: Grid, lanes: number): number {
  return grid.cols === 0 ? 0 : Math.ceil(grid.rows / rowsOfPart(grid, lanes));
}

/** Cuts rows from .. end - 1, or all, into parts of about `lanes` lanes; `from` is where a part of the tensor may start. */
export function cutRows(grid: Grid, lanes: number, from = 0, end = grid.rows): Chunk[] {
  if (grid.cols === 0) return [];
  const step = rowsOfPart(grid, lanes);
  return Array.from({ length: Math.ceil((end - from) / step) }, (_, i) => part(grid, from + i * step, step, end));
}

/** Chunk number c. */
export function chunkAt(grid: Grid, lanes: number, c: number): Chunk {
  const step = rowsOfPart(grid, lanes);
  return part(grid, c * step, step, grid.rows);
}

function part({ cols }: Grid, from: number, step: number, end: number): Chunk {
  const rows = Math.min(step, end - from);
  return { from, rows, first: from * cols, lanes: rows * cols };
}

/** Where a chunk lies in the packed bytes of its tensor. */
export function bytesOfChunk({ first, lanes }: Chunk, bits: number): { offset: number; length: number } {
  return { offset: packedBytes(first, bits), length: packedBytes(lanes, bits) };
}
