import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import type { Buffers, View } from '../transport/buffers.ts';
import { lanes } from './random.ts';

/**
 * The arrays of one stretch of the program: when it is over, all but those of its result are given back at once. Regions nest as
 * calls do: an array that a result refers to belongs to the region around from then on, and without one to the garbage collector.
 */
export class Region {
  readonly #held = new Set<ArrayBufferLike>();
  #ended = false;

  constructor(
    private readonly buffers: Buffers,
    private readonly outer: Region | undefined,
  ) {}

  /** n lanes with arbitrary contents. */
  lanes(n: number): Lanes {
    ensure(!this.#ended, 'an array is asked for in a region that has ended');
    if (8 * n < this.buffers.leastBytes) return lanes(n);
    const { buffer } = this.buffers.take(8 * n);
    this.#held.add(buffer);
    return new BigUint64Array(buffer, 0, n);
  }

  /** Takes over memory that its taker has done with. */
  adopt({ buffer }: View): void {
    if (this.buffers.has({ buffer })) this.#held.add(buffer);
  }

  /** The region, this one or one around it, that an array lives as long as. */
  of(array: View): Region | undefined {
    return this.#held.has(array.buffer) ? this : this.outer?.of(array);
  }

  /** Arrays of `value` outlive every region. */
  release(value: unknown): void {
    for (const { buffer } of arraysIn(value)) {
      this.of({ buffer })?.forget(buffer);
      this.buffers.disown({ buffer });
    }
  }

  /** Gives back arrays of this region that `value` refers to and `result` does not. */
  drop(value: unknown, result: unknown): void {
    const kept = new Set([...arraysIn(result)].map(({ buffer }) => buffer));
    for (const { buffer } of arraysIn(value))
      if (!kept.has(buffer) && this.#held.delete(buffer)) this.buffers.give({ buffer });
  }

  private forget(buffer: ArrayBufferLike): void {
    this.#held.delete(buffer);
  }

  end(result: unknown): void {
    this.#ended = true;
    for (const { buffer } of arraysIn(result)) {
      if (!this.#held.delete(buffer)) continue;
      if (this.outer) this.outer.#held.add(buffer);
      else this.buffers.disown({ buffer });
    }
    for (const buffer of this.#held) this.buffers.give({ buffer });
    this.#held.clear();
  }
}

/** All arrays that a value refers to: masked and additive values, bits, wires, and lists, maps and objects of them. */
function* arraysIn(value: unknown): Generator<View> {
  if (typeof value !== 'object' || value === null) return;
  if (ArrayBuffer.isView(value)) yield value;
  else for (const part of value instanceof Map ? value.values() : Object.values(value)) yield* arraysIn(part);
}
