import type { Kernels, Lanes } from '../kernels/index.ts';
import type { Label } from '../transport/link.ts';

/**
 * Uninitialised lanes of no region: the caller writes every one of them. Short ones share an array buffer (Node cuts them from its pool,
 * aligned to 8 bytes), for one of its own costs more than what a protocol does with it.
 */
export function lanes(n: number): Lanes {
  const bytes = Buffer.allocUnsafe(n * 8);
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, n);
}

/**
 * What two parties draw alike from the seed they share: AES-128 in counter mode, one stream per step. A step may draw
 * several times: the counter goes on where it stopped, so no block is ever used twice under one key.
 */
export class Stream {
  private block = 0;

  constructor(
    private readonly kernels: Kernels,
    private readonly key: Uint8Array,
    private readonly label: Label,
  ) {}

  /** n uniform 64-bit lanes. */
  draw(n: number): Lanes {
    return this.fill(lanes(n));
  }

  /** Overwrites lanes with uniform ones. */
  fill(out: Lanes): Lanes {
    if (out.length > 0) this.kernels.prg(out, this.key, counterBlock(this.label, this.block));
    this.block += Math.ceil(out.length / 2);
    return out;
  }
}

/** [label: 12 bytes][block number: u32 BE]: 2^32 blocks of 16 bytes in every stream. */
export function counterBlock(label: Label, block: number): Uint8Array {
  const iv = Buffer.alloc(16);
  iv.write(label, 0, 'latin1');
  iv.writeUInt32BE(block, 12);
  return iv;
}
