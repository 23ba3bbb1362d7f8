import { expect, test } from 'vitest';
import { measureRates } from '../../src/cost/rates.ts';
import { loadKernels } from '../../src/kernels/index.ts';

/** Every rate by its path. */
const flat = (rates: object, path = ''): [string, number][] =>
  Object.entries(rates).flatMap(([name, value]) =>
    typeof value === 'number' ? [[path + name, value] as [string, number]] : flat(value, `${path}${name}.`),
  );

test.each(['native', 'portable'] as const)('the %s engine: every rate is a time', async (engine) => {
  const rates = flat(await measureRates(loadKernels({ engine }), 52));
  expect(rates.map(([name]) => name)).toEqual([
    ...['multiplyAdd.one', 'multiplyAdd.few', 'multiplyAdd.many'],
    ...['lane.ring', 'lane.prg', 'lane.pack', 'lane.bits', 'lane.protocol'],
    ...['call', 'message', 'byte', 'hash', 'read'],
  ]);
  for (const [name, seconds] of rates) {
    expect(seconds, name).toBeGreaterThanOrEqual(name === 'byte' ? 0 : 1e-13);
    expect(seconds, name).toBeLessThan(1);
  }
});
