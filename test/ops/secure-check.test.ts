import { describe, expect, test } from 'vitest';
import { checkPrice, RangeChecks } from '../../src/ops/secure-check.ts';
import { SITE_KINDS } from '../../src/rings/schema.ts';
import { normal } from '../mpc/numbers.ts';
import { additive, type Format, fixed, run } from '../mpc/parties.ts';

const FORM = { bits: 51, frac: 36 };
const LIMIT = 2 ** 10;

/** Counts of sums beyond the limit, by kind; of one site. */
async function counted(
  x: Float64Array,
  cols: number,
  limit = LIMIT,
  form: Format = FORM,
  unproved?: { kind: 'linear'; place: string }[],
) {
  const shape = [x.length / cols, cols];
  const { values, bill } = await run([additive(fixed(x, form.frac ?? 0), { ...form, shape })], (party, v) => {
    const checks = new RangeChecks({ unproved });
    checks.note(party, 'linear', 'layer.0.up', v, limit);
    return checks.counts(party);
  });
  const counts = Object.fromEntries(SITE_KINDS.map((kind, i) => [kind, Number(values[0]![i])]));
  return {
    linear: counts.linear!,
    others: Object.entries(counts).filter(([kind, n]) => kind !== 'linear' && n !== 0),
    bill,
  };
}

describe('values below the limit are never found', () => {
  test.each([
    [1, 1],
    [1, 64],
    [3, 65],
    [5, 768],
    [2, 1000],
  ])('[%i, %i]', async (rows, cols) => {
    const x = normal(rows * cols, 5, cols);
    x[0] = LIMIT - 300;
    expect(await counted(x, cols)).toMatchObject({ linear: 0, others: [] });
  });

  test('300 times', async () => {
    for (let i = 0; i < 300; i++) expect((await counted(normal(128, 20, i), 64)).linear).toBe(0);
  });
});

describe('one value beyond the limit is found, wherever it is', () => {
  test.each([
    [1, 1, 0],
    [4, 65, 64],
    [4, 65, 4 * 65 - 1],
    [2, 768, 700],
  ])('[%i, %i] at %i', async (rows, cols, at) => {
    for (const value of [1.05 * LIMIT, -1.5 * LIMIT, 7 * LIMIT, -15 * LIMIT]) {
      const x = normal(rows * cols, 1, cols);
      x[at] = value;
      expect((await counted(x, cols)).linear).toBeGreaterThan(0);
    }
  });

  test('in the largest ring values beyond a sixteenth of its bound are found, and those that wrap around', async () => {
    const form = { bits: 63, frac: 36 };
    for (const value of [2 ** 21.5, -(2 ** 24.9), 3e7, 1e8]) {
      const x = normal(64, 1, 3);
      x[5] = value;
      expect((await counted(x, 64, 2 ** 25, form)).linear).toBeGreaterThan(0);
    }
    expect((await counted(normal(64, 2 ** 16, 3), 64, 2 ** 25, form)).linear).toBe(0);
  });
});

test('a site that the weights prove is not checked', async () => {
  const x = Float64Array.of(2 * LIMIT);
  expect((await counted(x, 1, LIMIT, FORM, [])).bill).toEqual({ rounds: 0, dealer: 0, online: 0 });
  const other = [{ kind: 'linear' as const, place: 'layer.1.up' }];
  expect((await counted(x, 1, LIMIT, FORM, other)).linear).toBe(0);
  expect((await counted(x, 1, LIMIT, FORM, [{ kind: 'linear', place: 'layer.0.up' }])).linear).toBeGreaterThan(0);
});

test.each([
  [8, 64],
  [4, 130],
])('the bill of [%i, %i]', async (rows, cols) => {
  const { bill } = await counted(normal(rows * cols, 1), cols);
  expect(bill).toEqual(checkPrice(rows * cols, cols, FORM, LIMIT));
});
