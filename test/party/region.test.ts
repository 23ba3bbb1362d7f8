import { describe, expect, test, vi } from 'vitest';
import { loadKernels } from '../../src/kernels/index.ts';
import { Additive, Masked } from '../../src/mpc/values.ts';
import { localSessions } from '../../src/party/local.ts';
import { Party, scoped } from '../../src/party/party.ts';

const kernels = loadKernels({ engine: 'portable' });
const alone = () => new Party(localSessions({ kernels })[1]!);

/** Long enough to be used again. */
const N = 1000;

/** Whether memory is free to be taken: then the next array of this size has it. */
const isFree = (party: Party, buffer: ArrayBufferLike) => party.session.buffers.take(8 * N).buffer === buffer;

describe('a scope', () => {
  test('gives back what its result does not refer to', async () => {
    const party = alone();
    let [inside, outside]: ArrayBufferLike[] = [];
    const kept = await party.scope(async (p) => {
      const [a, b] = [p.lanes(N), p.lanes(N)];
      [inside, outside] = [a.buffer, b.buffer];
      return b;
    });
    expect(kept.buffer).toBe(outside);
    expect(isFree(party, inside!)).toBe(true);
    expect(isFree(party, outside!)).toBe(false);
  });

  test.each([
    ['masked', (p: Party) => new Masked([N], 64, 0, p.lanes(N), p.lanes(N))],
    ['additive', (p: Party) => new Additive([N], 64, 0, p.lanes(N))],
    ['a part', (p: Party) => p.lanes(N).subarray(5, 6)],
    ['lists of objects', (p: Party) => [{ bits: { n: N, share: p.lanes(N) } }, undefined, 3]],
    ['a map', (p: Party) => new Map([['x', p.zeros(N)]])],
  ])('keeps %s', async (_, make) => {
    const party = alone();
    await party.scope(async (p) => make(p));
    const spy = vi.spyOn(party.session.buffers, 'give');
    expect(await party.scope(async (p) => make(p))).toBeDefined();
    expect(spy).not.toHaveBeenCalled();
  });

  test('keeps what was derived from a value for as long as the value', async () => {
    const party = alone();
    await party.scope(async (outer) => {
      const x = outer.lanes(N);
      const derived = await outer.scope(async (inner) => {
        const out = inner.lanesBeside(x, N);
        return [out.buffer, inner.lanes(N).buffer]; // no arrays: nothing is kept for the result's sake
      });
      expect(isFree(party, derived[0]!)).toBe(false);
    });
  });

  test('may end without its longest-lived value', async () => {
    const party = alone();
    const past: { keys?: BigUint64Array } = {};
    const spy = vi.spyOn(party.session.buffers, 'give');
    await party.scope((outer) =>
      outer.scope(async (inner) => {
        Object.assign(past, inner.keep({ keys: inner.lanes(N) }));
      }),
    );
    expect([past.keys?.length, spy.mock.calls.length]).toEqual([N, 0]);
  });

  test('that has ended gives no arrays', async () => {
    let late: Party | undefined;
    await alone().scope(async (p) => {
      late = p;
    });
    expect(() => late!.lanes(N)).toThrow('internal: an array is asked for in a region that has ended');
  });

  test('that fails keeps its arrays from being used: others may still be at work with them', async () => {
    const party = alone();
    const spy = vi.spyOn(party.session.buffers, 'give');
    const failing = party.scope(async (p) => {
      p.lanes(N);
      throw new Error('enough');
    });
    await expect(failing).rejects.toThrow('enough');
    expect(spy).not.toHaveBeenCalled();
  });

  test('counts the rounds and keeps the kind of what is around it', async () => {
    const party = alone();
    await party.during('norm', (p) => p.scope(async (inner) => inner.countRounds(2)));
    expect([party.rounds, [...party.roundsBy], party.kind]).toEqual([2, [['norm', 2]], undefined]);
  });
});

test('a stage uses up what it is given, but for what it returns', async () => {
  const party = alone();
  await party.scope(async (outer) => {
    const given = { used: outer.lanes(N), again: outer.lanes(N) };
    const { again } = await outer.stage(given, async () => ({ used: outer.lanes(1), again: given.again }));
    expect(again).toBe(given.again);
    expect(isFree(party, given.again.buffer)).toBe(false);
  });
});

test('branches that run side by side have the arrays of the scope around them', async () => {
  const party = alone();
  await party.scope(async (outer) => {
    const [a, b] = await outer.all(
      async (p) => p.lanes(N),
      async (p) => p.lanes(N),
    );
    expect(a!.buffer).not.toBe(b!.buffer);
    expect([isFree(party, a!.buffer), isFree(party, b!.buffer)]).toEqual([false, false]);
  });
});

test('a scoped protocol takes its party first', async () => {
  const sum = scoped(async (party, n: number, by: number = 1) => party.zeros(n).length + by);
  expect([await sum(alone(), N), await sum(alone(), N, 5)]).toEqual([N + 1, N + 5]);
});
