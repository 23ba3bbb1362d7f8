import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadKernels, nativeProblem, simdLevels } from '../../src/kernels/index.ts';

afterEach(() => vi.unstubAllEnvs());

test('the portable engine, by option or environment', () => {
  expect(loadKernels({ engine: 'portable' })).toMatchObject({ engine: 'portable', simd: 'none', reason: 'asked for' });
  vi.stubEnv('PUMA_ENGINE', 'portable');
  expect(loadKernels().engine).toBe('portable');
});

test('unknown engines and thread counts', () => {
  vi.stubEnv('PUMA_ENGINE', 'gpu');
  expect(() => loadKernels()).toThrow(expect.objectContaining({ code: 'E_ENGINE' }));
  expect(() => loadKernels({ engine: 'portable', threads: 0 })).toThrow(expect.objectContaining({ code: 'E_THREADS' }));
});

describe.runIf(nativeProblem() === undefined)('with the native engine', () => {
  test('is the default, at its best level', () => {
    expect(loadKernels()).toMatchObject({ engine: 'native', simd: simdLevels()[0], threads: 1 });
    expect(loadKernels().reason).toBeUndefined();
  });

  test('a level can be forced', () => {
    vi.stubEnv('PUMA_SIMD', 'portable');
    expect(loadKernels().simd).toBe('portable');
    expect(simdLevels()).toContain('portable');
  });

  test('a level that is not there is refused, with those that are', () => {
    vi.stubEnv('PUMA_SIMD', 'avx1024');
    expect(() => loadKernels()).toThrow(
      expect.objectContaining({
        code: 'E_SIMD',
        message: 'no SIMD level "avx1024" on this CPU',
        hint: `Levels here: ${simdLevels().join(', ')}.`,
      }),
    );
  });

  test('the level for tests is not offered', () => {
    expect(simdLevels()).not.toContain('amx-model');
    expect(() => loadKernels({ simd: 'amx-model' })).toThrow(expect.objectContaining({ code: 'E_SIMD' }));
  });

  test('wrong kinds of arrays are refused, not read', () => {
    const k = loadKernels();
    const four = new BigUint64Array(4);
    expect(() => k.add(four, four, new Float64Array(4) as unknown as BigUint64Array)).toThrow(TypeError);
  });

  test('instances come and go', () => {
    for (let i = 0; i < 50; i++) {
      const { add } = loadKernels({ threads: 2 });
      const out = new BigUint64Array(3);
      add(out, BigUint64Array.of(1n, 2n, 3n), BigUint64Array.of(1n));
      expect(out[2]).toBe(4n);
    }
  });
});
