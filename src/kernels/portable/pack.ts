/** Dense bit streams, in 32-bit words: a lane is its low half, then what `bits` leaves of its high half. */
import type { Lanes } from '../kernels.ts';
import { add, sub } from './ring.ts';

const halves = (a: Lanes): Uint32Array => new Uint32Array(a.buffer, a.byteOffset, 2 * a.length);
const lowBits = (v: number, bits: number): number => (bits === 32 ? v : v & ((1 << bits) - 1)) >>> 0;

export function pack(out: Uint8Array, a: Lanes, bits: number): void {
  const from = halves(a);
  const words = new Uint32Array(Math.ceil((a.length * bits) / 32));
  let at = 0; // in the stream, in bits
  const put = (v: number, count: number) => {
    const word = Math.floor(at / 32);
    const shift = at % 32;
    words[word]! |= v << shift;
    if (shift + count > 32) words[word + 1] = v >>> (32 - shift);
    at += count;
  };
  for (let i = 0; i < a.length; i++) {
    put(lowBits(from[2 * i]!, Math.min(bits, 32)), Math.min(bits, 32));
    if (bits > 32) put(lowBits(from[2 * i + 1]!, bits - 32), bits - 32);
  }
  out.set(new Uint8Array(words.buffer, 0, out.length));
}

export function unpack(out: Lanes, bytes: Uint8Array, bits: number): void {
  const to = halves(out);
  const words = new Uint32Array(Math.ceil((out.length * bits) / 32) + 1);
  const need = Math.ceil((out.length * bits) / 8);
  new Uint8Array(words.buffer).set(bytes.subarray(0, need));
  let at = 0;
  const take = (count: number): number => {
    const word = Math.floor(at / 32);
    const shift = at % 32;
    at += count;
    const high = shift === 0 ? 0 : words[word + 1]! << (32 - shift);
    return lowBits((words[word]! >>> shift) | high, count);
  };
  for (let i = 0; i < out.length; i++) {
    to[2 * i] = take(Math.min(bits, 32));
    to[2 * i + 1] = bits > 32 ? take(bits - 32) : 0;
  }
}

export function packAdd(out: Uint8Array, a: Lanes, b: Lanes, bits: number): void {
  const sum = new BigUint64Array(a.length);
  add(sum, a, b, 1);
  pack(out, sum, bits);
}

export function packSub(out: Uint8Array, a: Lanes, b: Lanes, bits: number): void {
  const difference = new BigUint64Array(a.length);
  sub(difference, a, b, 1);
  pack(out, difference, bits);
}

export function unpackAdd(out: Lanes, bytes: Uint8Array, a: Lanes, bits: number): void {
  const lanes = new BigUint64Array(out.length);
  unpack(lanes, bytes, bits);
  add(out, lanes, a, 1);
}
