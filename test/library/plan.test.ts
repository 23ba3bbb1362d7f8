/** `cost()`, and plans of rings. */
import { cp } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { cost, generate, shareWeights } from '../../src/index.ts';
import { golden, writePlan } from '../plans/planned.ts';
import { libraryWorld, read, withParties } from './library-world.ts';

const { at } = libraryWorld();

describe('cost', () => {
  test('a model of the registry needs no checkpoint; layers, rings and padding change the bill', async () => {
    const options = { model: 'gpt2', tokens: 4, newTokens: 2, layers: 1 };
    const whole = await cost(options);
    expect(whole.steps).toHaveLength(2);
    expect(whole.bytes.total).toBe(whole.steps.reduce((n, { bytes }) => n + bytes.total, 0));
    const smaller = await cost({ ...options, linearRing: { bits: 40, input: 12, weight: 13 } });
    expect(smaller.bytes.total).toBeLessThan(whole.bytes.total);
    expect((await cost({ ...options, padded: true })).bytes.total).toBeGreaterThan(whole.bytes.total);
    expect((await cost({ ...options, layers: 2 })).rounds).toBeGreaterThan(whole.rounds);
  });
});

describe('a plan', () => {
  test('one that is named, or beside the weights: its rings, and its cost', async () => {
    await cp(golden('llama-tied'), at('planned'), { recursive: true });
    const file = at('plan.json');
    const { ring } = await writePlan(at('planned'), file);
    const options = { model: at('planned'), tokens: 5 };
    const [usual, planned] = [await cost(options), await cost({ ...options, calibration: file })];
    expect(planned.bytes.total).toBeLessThan(usual.bytes.total);
    await cp(file, at('planned', 'calibration.json'));
    expect((await cost(options)).bytes).toEqual(planned.bytes);

    expect(await shareWeights({ model: at('planned'), out: at('planned-shares') })).toMatchObject({
      ring,
      calibration: 'planned',
    });
    const asked = { ids: [7, 1, 4, 11, 12], maxNewTokens: 1 };
    const [piece] = (await read(generate({ model: at('planned'), ...asked }))).pieces;
    expect(piece!.bytes.total).toBe(planned.bytes.total);
    const shared = await withParties({ shares: at('planned-shares') }, (parties) => read(parties.generate(asked)));
    expect(shared.pieces.map(({ id, bytes }) => [id, bytes.total])).toEqual([[piece!.id, planned.bytes.total]]);
  });

  test('a linear ring is checked against it', async () => {
    const tight = { model: at('planned'), linearRing: { bits: 26, input: 12, weight: 12 } };
    await expect(shareWeights({ ...tight, out: at('never') })).rejects.toMatchObject({
      code: 'E_RANGE',
      hint: 'Leave out linearRing: the rings of the plan hold. Or give unsafeRanges: answers may then be wrong.',
    });
  });
});
