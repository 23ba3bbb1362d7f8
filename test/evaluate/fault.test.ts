import { describe, expect, test } from 'vitest';
import { type FaultOptions, faultOf } from '../../src/evaluate/fault.ts';
import type { PlacedMargin } from '../../src/plaintext/watched.ts';

type Bound = PlacedMargin['bound'];

const NAMES = ['embeddings', 'layer.0', 'layer.1', 'layer.2', 'logits'];
const errors = (...largest: number[]) => largest.map((max, i) => ({ name: NAMES[i]!, max }));

const margin = (layer: string, site: string, range: Bound, bound: Bound, room: number): PlacedMargin => ({
  ...{ layer, site, range, bound, room },
  holds: room > 0,
});

/** Every value has a site with room, and those that are given instead. */
const sites = (...given: PlacedMargin[]): PlacedMargin[] =>
  NAMES.flatMap((layer, i) => {
    const own = given.filter((one) => one.layer === layer);
    return [margin(layer, `${layer}.first`, { most: 1 }, { most: 2 ** (4 + i) }, 4 + i), ...own];
  });

const BROKEN = margin('layer.1', 'layer.1.down residual', { most: 24_920.3 }, { most: 4096 }, -2.6);
const LATER = margin('layer.2', 'layer.2.down residual', { most: 24_920.3 }, { most: 4096 }, -2.6);
const TIGHT = margin('layer.1', 'layer.1.up output', { most: 3000 }, { most: 8192 }, 1.449);

const fault = (errors: FaultOptions['errors'], sites: FaultOptions['sites'], largest = errors.at(-1)!.max) =>
  faultOf({ errors, output: { name: 'logits', max: largest }, sites, tolerance: 0.1 });

test('none: within the tolerance, and every value in its range', () => {
  expect(fault(errors(1e-4, 1e-3, 2e-3, 2e-3, 1e-3), sites())).toBeNull();
  expect(fault(errors(1e-4, 1e-3, 2e-3, 2e-3, 0.1), sites())).toBeNull();
  expect(fault(errors(1e-4, 5, 2e-3, 2e-3, 0.1), sites()), 'an error that does no harm').toBeNull();
});

test('all that it says', () => {
  expect(fault(errors(1e-4, 1e-3, 20_000, 20_001, 24), sites(BROKEN, LATER))).toEqual({
    layer: 'layer.1',
    error: 20_000,
    site: 'layer.1.down residual',
    range: { most: 24_920.3 },
    bound: { most: 4096 },
    holds: false,
    message: 'layer.1.down residual: 24,920 where 4,096 holds',
  });
});

describe('which site', () => {
  const OTHER = margin('layer.1', 'layer.1.query output', { most: 5 }, { most: 4 }, -0.3);
  const rows: [what: string, largest: number[], given: PlacedMargin[], site: string][] = [
    ['the first broken one of the layer that jumps', [1e-4, 1e-3, 9, 9, 9], [OTHER, BROKEN], OTHER.site],
    ['of the layer that jumps, not one before it', [1e-4, 1e-3, 1e-3, 9, 9], [BROKEN, LATER], LATER.site],
    ['of the first layer that jumps', [1e-4, 1e-3, 9, 100, 100], [BROKEN, LATER], BROKEN.site],
    ['of the first layer that jumps and has one', [1e-9, 0.02, 1e-3, 9, 9], [BROKEN, LATER], LATER.site],
    ['one elsewhere, if the layer that jumps has none', [1e-4, 9, 9, 9, 9], [BROKEN, LATER], BROKEN.site],
    ['the first broken one, if nothing jumps', [1e-4, 1e-3, 1e-3, 1e-3, 1e-3], [BROKEN, LATER], BROKEN.site],
    ['with least room in the layer that jumps, if none is broken', [1e-4, 1e-3, 9, 9, 9], [TIGHT], TIGHT.site],
    ['with least room of all, if nothing jumps either', [1e-2, 7e-2, 0.5, 3, 20], [TIGHT], TIGHT.site],
  ];
  test.each(rows)('%s', (_what, largest, given, site) => {
    expect(fault(errors(...largest), sites(...given))?.site).toBe(site);
  });

  test('no layer was opened', () => {
    expect(fault([], sites(BROKEN), 9)).toMatchObject({ layer: 'layer.1', error: null, site: BROKEN.site });
    expect(fault([], sites(TIGHT), 9)).toMatchObject({ layer: 'logits', error: 9, site: TIGHT.site });
    expect(fault([], sites(TIGHT), 0.05)).toBeNull();
  });
});

describe('which layer', () => {
  const rows: [what: string, largest: number[], layer: string][] = [
    ['more than 8 times the largest before', [0.01, 0.08, 0.08, 0.7, 0.7], 'layer.2'],
    ['the largest before, not the one before', [0.01, 0.08, 0.001, 0.6, 4.9], 'logits'],
    ['small errors may grow: an eighth of the tolerance is no jump', [1e-9, 1e-5, 0.0125, 0.2, 0.2], 'layer.2'],
    ['the first value of all', [0.5, 0.5, 0.5, 0.5, 0.5], 'embeddings'],
    ['no number', [1e-3, 1e-3, Number.NaN, Number.NaN, Number.NaN], 'layer.1'],
    ['the farthest of several jumps', [1e-9, 0.02, 0.03, 0.03, 64], 'logits'],
    ['the first of equal ones', [1e-9, 0.8, 51.2, 51.2, 51.2], 'layer.0'],
    ['the output, if it grows little by little', [0.0125, 0.09, 0.3, 0.7, 0.9], 'logits'],
  ];
  test.each(rows)('%s', (_what, largest, layer) => {
    expect(fault(errors(...largest), sites())?.layer).toBe(layer);
  });
});

describe('how it reads', () => {
  const at = (range: Bound, bound: Bound) =>
    fault(errors(1), sites(margin('layer.0', 'layer.0.x norm', range, bound, -1)))!.message.split(';')[0];
  const rows: [range: Bound, bound: Bound, text: string][] = [
    [{ most: 1_234_567.8 }, { most: 16_384 }, 'layer.0.x norm: 1,234,568 where 16,384 holds'],
    [{ most: 999.96 }, { most: 252.4321 }, 'layer.0.x norm: 1,000 where 252.4 holds'],
    [{ most: 4096.25 }, { most: 4096 }, 'layer.0.x norm: 4096.25 where 4096 holds'],
    [{ most: 0.5 }, { most: 2 ** -5 }, 'layer.0.x norm: 0.5 where 0.03125 holds'],
    [{ most: 3.5e38 }, { most: 2 ** 44 }, 'layer.0.x norm: 3.5e+38 where 17,592,186,044,416 holds'],
    [{ most: Number.POSITIVE_INFINITY }, { most: 4 }, 'layer.0.x norm: Infinity where 4 holds'],
    [
      { least: 1.2e-9, most: 1 },
      { least: 2 ** -12, most: 8 },
      'layer.0.x norm goes down to 1.2e-9 where 2.4e-4 is held',
    ],
    [{ least: 1e-9, most: 9 }, { least: 2 ** -12, most: 8 }, 'layer.0.x norm: 9 where 8 holds'],
  ];
  test.each(rows)('%j in %j', (range, bound, text) => expect(at(range, bound)).toBe(text));

  test('every range holds: the layer, its error, and the tightest site', () => {
    expect([
      fault(errors(1e-4, 1.2e-3, 24.13, 24, 24), sites(TIGHT))!.message,
      fault(errors(0.5), sites())!.message,
      fault(errors(0.0125, 0.09, 0.3, 0.7, 0.9), sites())!.message,
    ]).toEqual([
      'layer.1: off by 24.13, 0.0012 before it; no value left its range, with 1.4 bits of room at layer.1.up output',
      'embeddings: off by 0.5; no value left its range, with 4.0 bits of room at embeddings.first',
      'logits: off by 0.9, without a jump before it; no value left its range, with 4.0 bits of room at embeddings.first',
    ]);
  });

  test('JSON holds every figure', () => {
    const boundless = margin('layer.0', 'x', { least: 0, most: Number.POSITIVE_INFINITY }, { most: 4 }, -2000);
    expect(fault(errors(1), sites(boundless))!.range).toEqual({ least: 0, most: Number.MAX_VALUE });
  });
});
