/** The formula of the estimate on a machine that is made up; how near it comes to a real one is measured, not tested. */
import { describe, expect, test } from 'vitest';
import { type Cost, cost } from '../../src/cost/cost.ts';
import { type Bound, estimate, type Machine } from '../../src/cost/estimate.ts';
import type { Rates } from '../../src/cost/rates.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { modelFor } from '../../src/models/index.ts';
import { readNetwork } from '../../src/transport/shaped.ts';

const { config, ring } = loadRegistry().models.get('bert-tiny-sst2')!;
const shape = { model: modelFor(config), ring };

/** A machine on which everything but what a test asks for takes no time. */
const FREE: Rates = {
  multiplyAdd: { one: 0, few: 0, many: 0 },
  lane: { ring: 0, prg: 0, pack: 0, bits: 0, protocol: 0 },
  ...{ call: 0, message: 0, byte: 0, hash: 0, read: 0 },
};
const machine = (rates: Partial<Rates> = {}, more: Partial<Machine> = {}): Machine => ({
  ...{ rates: { ...FREE, ...rates }, cores: 2, memoryBytes: 1e12, threads: 1 },
  ...more,
});

/** The cost of 8 tokens, by a program that takes no time of its own. */
const counting = cost({ ...shape, tokens: 8 });
async function counted(): Promise<Cost> {
  const full = await counting;
  return { ...full, steps: full.steps.map((step) => ({ ...step, dryTime: 0 })) };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('an inference takes as long as', () => {
  test('its rounds: half a round trip each', async () => {
    const spent = await counted();
    const { together, apart, steps } = estimate(
      spent,
      shape,
      machine({}, { network: readNetwork('100ms,1000000Gbit') }),
    );
    expect(together).toMatchObject({ bound: 'evaluators', seconds: expect.closeTo(spent.rounds * 0.05, 3) });
    expect(apart!.seconds).toBe(together.seconds);
    expect(steps).toEqual([together.seconds]);
    for (const [kind, { rounds }] of Object.entries(spent.steps[0]!.kinds))
      expect(together.kinds[kind], kind).toBeCloseTo(rounds * 0.05, 3);
  });

  test('its rounds on sockets of this machine', async () => {
    const spent = await counted();
    const { together, apart } = estimate(spent, shape, machine({ message: 0.001 }));
    expect(together.seconds).toBeCloseTo(spent.rounds / 1000, 6);
    expect(apart).toBeUndefined();
  });

  test('the link from the dealer, or the evaluators and what the client sends them', async () => {
    const spent = await counted();
    const { together } = estimate(spent, shape, machine({}, { network: readNetwork('0ms,1Mbit') }));
    const on = (from: string) => spent.bytes.links.filter((link) => link.from === from).map(({ bytes }) => bytes);
    const evaluators =
      Math.max(...on('client')) + spent.bytes.links.find(({ from, to }) => from === '1' && to === '2')!.bytes;
    expect(together.seconds).toBeCloseTo((8 * Math.max(evaluators, ...on('0'))) / 1e6, 1);
  });

  test.each<[number, Bound, number]>([
    [1, 'cores', 8 / 7],
    [2, 'cores', 4 / 7],
    [8, 'evaluators', 1 / 3],
  ])('its multiply-adds on %i cores', async (cores, bound, times) => {
    const spent = await counted();
    const multiplyAdd = { one: 1e-6, few: 1e-6, many: 1e-6 };
    const { together } = estimate(spent, shape, machine({ multiplyAdd }, { cores }));
    expect(together.bound).toBe(bound);
    expect(together.seconds / (spent.multiplyAdds * 1e-6)).toBeCloseTo(times, 2);
  });

  test('what threads leave of it', async () => {
    const spent = await counted();
    const rates = { lane: { ring: 1e-6, prg: 1e-6, pack: 1e-6, bits: 1e-6, protocol: 1e-6 } };
    const [one, four] = [1, 4].map(
      (threads) => estimate(spent, shape, machine(rates, { cores: 100, threads })).together,
    );
    expect(four!.seconds).toBeCloseTo(one!.seconds / 4, 9);
  });

  test('checking the shares, and a disk that reads them when memory is too small', async () => {
    const spent = await counted();
    const checked = estimate(spent, shape, machine({ hash: 1e-6 }, { cores: 4 }));
    expect(checked.together.seconds).toBeCloseTo(checked.shareBytes * 1e-6, 6);
    expect(checked.together.kinds.weights).toBeCloseTo(checked.shareBytes * 1e-6, 6);
    const { together, shareBytes } = estimate(spent, shape, machine({}, { memoryBytes: 1e6 }));
    expect(together).toMatchObject({ bound: 'disk', seconds: shareBytes / 1e9 });
  });
});

test('kinds of work make up the whole', async () => {
  const spent = await cost({ ...shape, tokens: 8 });
  const lane = { ring: 1e-9, prg: 1e-9, pack: 1e-9, bits: 1e-9, protocol: 1e-9 };
  for (const network of ['lan', 'wan', '0ms,1kbit'].map(readNetwork)) {
    const { together, memoryBytes } = estimate(spent, shape, machine({ lane, hash: 1e-9 }, { network }));
    expect(sum(Object.values(together.kinds))).toBeCloseTo(together.seconds, 6);
    expect(memoryBytes).toBeGreaterThan(100e6);
  }
});
