import { createCipheriv } from 'node:crypto';
import type { Lanes } from '../kernels.ts';

const CHUNK = 1 << 16;

/** The key stream is the encryption of zeros; a cipher object carries the counter from chunk to chunk. */
export function prg(out: Lanes, key: Uint8Array, iv: Uint8Array): void {
  const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  const cipher = createCipheriv('aes-128-ctr', key, iv);
  const zeros = new Uint8Array(Math.min(CHUNK, bytes.length));
  for (let at = 0; at < bytes.length; at += CHUNK) {
    bytes.set(cipher.update(zeros.subarray(0, Math.min(CHUNK, bytes.length - at))), at);
  }
}
