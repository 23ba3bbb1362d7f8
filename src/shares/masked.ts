import { ensure, PumaError } from '../errors.ts';
import { quote } from '../files/io.ts';
import type { Kernels, Lanes } from '../kernels/kernels.ts';
import { ReadAhead } from './ahead.ts';
import { type Chunk, rowGroup } from './chunks.ts';
import { packedBytes } from './layout.ts';
import type { Entry, SoundChunks } from './sound.ts';

/** Chunks read while another is computed with: 32 MB at most. */
const AHEAD = 4;

export type UnpackKernels = Pick<Kernels, 'unpack'>;

/** m = x + l1 + l2 mod 2^bits; `index` is the tensor's number, which its masks are made from (maskLabel). */
export type MaskedTensor = { index: number; shape: readonly number[]; bits: number; frac: number; m: Lanes };

/** The masked weights at an evaluator: a chunk at a time in the order they are used, or by the row. */
export class MaskedReader {
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly ahead: ReadAhead;
  /** By the last chunk of a tensor, the first of the tensor that was streamed after it. */
  private readonly followers = new Map<number, number>();
  private last: number | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly chunks: SoundChunks,
    private readonly kernels: UnpackKernels,
  ) {
    this.entries = new Map(chunks.entries.map((entry) => [entry.name, entry]));
    const largest = chunks.entries
      .filter(isStreamed)
      .reduce((most, { start }) => Math.max(most, chunks.bytes(start)), 0);
    const read = (number: number, into: Uint8Array) => chunks.read(number, into);
    this.ahead = new ReadAhead({ read, next: (number) => this.next(number), bytes: largest, depth: AHEAD });
  }

  /**
   * Calls `use` with the packed chunks of a tensor, from the first to the last; the bytes are good until it returns. Tensors are streamed
   * one after the other, in the order in which they are asked for.
   */
  stream(name: string, use: (packed: Uint8Array, chunk: Chunk) => void): Promise<void> {
    const entry = this.entry(name);
    ensure(entry.kind !== 'vector', `${name} is a vector: it is not streamed`);
    const done = this.turn.then(() => this.streamNow(entry, use));
    this.turn = done.catch(() => {});
    return done;
  }

  private async streamNow({ start, chunks }: Entry, use: (packed: Uint8Array, chunk: Chunk) => void): Promise<void> {
    if (chunks === 0) return;
    if (this.last !== undefined) this.followers.set(this.last, start);
    this.last = start + chunks - 1;
    for (let number = start; number < start + chunks; number++) {
      const packed = await this.ahead.take(number);
      this.chunks.check(number, packed);
      use(packed, this.chunks.chunk(number));
      this.ahead.giveBack(packed);
    }
  }

  /** Rows from .. from + count - 1 of a tensor, all of them if left out. Only chunks with one of these rows are read. */
  async tensor(name: string, from = 0, count?: number): Promise<MaskedTensor> {
    const { index, shape, bits, frac, grid, start, chunks } = this.entry(name);
    const end = from + (count ?? grid.rows - from);
    ensure(from >= 0 && end <= grid.rows, `rows ${from} to ${end} are not all in ${name}`);
    const m = new BigUint64Array((end - from) * grid.cols);
    for (let number = start; number < start + chunks; number++) {
      const chunk = this.chunks.chunk(number);
      if (chunk.from >= end || chunk.from + chunk.rows <= from) continue;
      const packed = await this.chunks.read(number, new Uint8Array(this.chunks.bytes(number)));
      this.chunks.check(number, packed);
      this.unpackRows(m, packed, chunk, { from, end, grid, bits });
    }
    return { index, shape: count === undefined ? shape : [count, ...shape.slice(1)], bits, frac, m };
  }

  /** Of a chunk, the rows that are wanted, to their place in m. */
  private unpackRows(
    m: Lanes,
    packed: Uint8Array,
    chunk: Chunk,
    { from, end, grid, bits }: { from: number; end: number; grid: Entry['grid']; bits: number },
  ): void {
    const { cols } = grid;
    const group = rowGroup(grid);
    const first = Math.max(from, chunk.from);
    const last = Math.min(end, chunk.from + chunk.rows);
    // where whole bytes begin
    const aligned = chunk.from + Math.floor((first - chunk.from) / group) * group;
    const lanes = new BigUint64Array((last - aligned) * cols);
    this.kernels.unpack(lanes, packed.subarray(packedBytes((aligned - chunk.from) * cols, bits)), bits);
    m.set(lanes.subarray((first - aligned) * cols), (first - from) * cols);
  }

  async close(): Promise<void> {
    await this.ahead.settle();
    await this.chunks.file.close();
  }

  /** The chunk that will probably be streamed next: what followed last time, at first the next tensor of the file. */
  private next(number: number): number | undefined {
    const { index, start, chunks } = this.chunks.owner(number);
    if (number + 1 < start + chunks) return number + 1;
    return this.followers.get(number) ?? this.chunks.entries.slice(index + 1).find(isStreamed)?.start;
  }

  private entry(name: string): Entry {
    const entry = this.entries.get(name);
    if (entry) return entry;
    const hint = 'The shares are of another model: share the weights again.';
    throw new PumaError('E_TENSOR', `${this.chunks.file.path} has no tensor ${quote(name)}`, hint);
  }
}

/** Vectors are small: they are read whole. */
function isStreamed({ kind, chunks }: Entry): boolean {
  return kind !== 'vector' && chunks > 0;
}
