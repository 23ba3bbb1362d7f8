import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { checked } from '../../src/kernels/checked.ts';
import { type Kernels, loadKernels, simdLevels } from '../../src/kernels/index.ts';
import { loadAddon, nativeEngine } from '../../src/kernels/native.ts';

type Labelled = [label: string, kernels: Kernels];

const native = (simd: string, threads: number): Labelled => [
  `native ${simd}${threads > 1 ? `, ${threads} threads` : ''}`,
  loadKernels({ engine: 'native', simd, threads }),
];

/** Every engine and SIMD level there is on this machine. */
export const engines: Labelled[] = [
  ['portable', loadKernels({ engine: 'portable' })],
  ...simdLevels().map((simd) => native(simd, 1)),
];

/** And with threads, for the kernels that use them. */
export const threadedEngines: Labelled[] = [...engines, ...simdLevels().map((simd) => native(simd, 2))];

/**
 * The loops of level `amx` with a model of its instructions, wherever there is AVX-512: of the kernels only the matrix
 * product differs. The instructions themselves: scripts/emulate/amx.sh.
 */
export const modelledEngines: Labelled[] = (simdLevels().includes('avx512') ? [1, 2] : []).map((threads) => {
  const loaded = loadAddon();
  if ('problem' in loaded) throw new Error(loaded.problem);
  const kernels = checked(nativeEngine(loaded.addon, 'amx-model', threads));
  return [
    `amx, modelled${threads > 1 ? `, ${threads} threads` : ''}`,
    { engine: 'native', simd: 'amx-model', threads, ...kernels },
  ];
});

export const twin = engines[0]![1];

export const SIZES = [0, 1, 2, 63, 64, 65, 127, 1000];
export const ALL_BITS = Array.from({ length: 64 }, (_, i) => i + 1);

export const wrap = (x: bigint, bits = 64): bigint => BigInt.asUintN(bits, x);

/** n lanes that depend on the label only; some of them all ones or zero, where carries and masks go wrong. */
export function lanes(n: number, label: string): BigUint64Array {
  const out = new BigUint64Array(n);
  const seed = createHash('sha256').update(label).digest();
  twin.prg(out, seed.subarray(0, 16), seed.subarray(16));
  for (let i = 3; i < n; i += 17) out[i] = i % 2 ? 0xffff_ffff_ffff_ffffn : 0n;
  return out;
}

/** n random bits as a bitmap: zero beyond the last. */
export function bitmap(n: number, label: string): BigUint64Array {
  const out = lanes(Math.ceil(n / 64), label);
  if (n % 64) out[out.length - 1]! &= (1n << BigInt(n % 64)) - 1n;
  return out;
}

export const bitOf = (map: BigUint64Array, i: number): bigint => (map[Math.floor(i / 64)]! >> BigInt(i % 64)) & 1n;

const bytesOf = ({ buffer, byteOffset, byteLength }: BigUint64Array) => Buffer.from(buffer, byteOffset, byteLength);

/** Compares lanes; far quicker than toEqual on thousands of bigints, and names the first difference. */
export function expectLanes(got: BigUint64Array, want: BigUint64Array | bigint[], what = ''): void {
  expect(got.length, `${what} length`).toBe(want.length);
  if (!Array.isArray(want) && Buffer.compare(bytesOf(got), bytesOf(want)) === 0) return;
  for (let i = 0; i < want.length; i++)
    if (got[i] !== wrap(want[i]!)) expect.fail(`${what} at ${i}: got ${got[i]}, expected ${wrap(want[i]!)}`);
}
