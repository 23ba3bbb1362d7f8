import { describe, expect, test } from 'vitest';
import { extrapolate } from '../../src/bench/extrapolate.ts';
import type { Ran } from '../../src/bench/model-run.ts';
import { cost } from '../../src/cost/cost.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import { sample } from '../cases.ts';

/** Every figure is `base` for what comes before and after the layers, and `step` for a layer. */
function ran(layers: number, base = 100, step = 7): Ran {
  const at = (weight: number) => weight * (base + step * layers);
  return {
    runs: 3,
    seconds: {
      ...{ median: at(10), min: at(9), max: at(12) },
      byPhase: { share: at(4), startup: at(5), inference: at(10), prompt: at(7), further: at(3) },
      byKind: {
        linear: at(8),
        norm: at(2) - step * (layers - 1),
        ...(layers > 1 ? { head: step * (layers - 1) } : {}),
      },
    },
    bytes: { dealer: at(9), online: at(10), client: at(11), total: at(30), byKind: { linear: at(12) } },
    rounds: at(13),
    parties: [0, 1, 2].map((party) => ({ party, peakRssBytes: at(14 + party) })),
  };
}

/** The same, but for rounding. */
const near = (values: Record<string, number>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, expect.closeTo(value, 6)]));

const cut = (layers: number, run = ran(layers)) => ({ layers, ran: run });

describe('from cuts to the whole', () => {
  test.each([
    [1, 3, 32],
    [1, 2, 3],
    [2, 6, 7],
  ])('%i and %i layers to %i: what grows evenly comes out exactly', (few, more, all) => {
    const whole = extrapolate(cut(few), cut(more), all);
    const { seconds, ...rest } = ran(all);
    const { byPhase, byKind, ...spread } = seconds;
    expect(whole).toEqual({
      ...rest,
      seconds: { ...near(spread), byPhase: near(byPhase), byKind: near(byKind) },
      parties: ran(more).parties,
    });
  });

  test('parts make up the whole though one of them fell', () => {
    const more = ran(3);
    const { linear, norm, head } = more.seconds.byKind;
    const byKind = { linear: linear! + 50, norm: 50, head: norm! + head! - 100 };
    const fell = { ...more, seconds: { ...more.seconds, byKind } };
    const { median, ...whole } = extrapolate(cut(1), cut(3, fell), 32).seconds;
    expect(Object.values(whole.byKind).reduce((a, b) => a + b)).toBeCloseTo(median, 6);
    expect(Math.min(...Object.values(whole.byKind))).toBeGreaterThan(0);
  });

  test('what fell by noise stays where it is', () => {
    expect(extrapolate(cut(1, ran(9)), cut(3, ran(2)), 32)).toMatchObject({
      seconds: { median: ran(2).seconds.median },
      rounds: ran(2).rounds,
    });
  });

  test('the median stays between the fastest and the slowest', () => {
    const steady = ran(3);
    const spread = { ...steady, seconds: { ...steady.seconds, median: 10, min: 9, max: 11 } };
    const before = { ...steady, seconds: { ...steady.seconds, median: 9, min: 1, max: 10 } };
    expect(extrapolate(cut(1, before), cut(3, spread), 13).seconds).toMatchObject({ median: 15, min: 15, max: 49 });
  });

  test('bytes and rounds are whole numbers', () => {
    const uneven = { ...ran(4), rounds: ran(4).rounds + 1 };
    expect(extrapolate(cut(1), cut(4, uneven), 5).rounds).toBe(Math.round(ran(5).rounds + 4 / 3));
  });
});

/** Layers are alike: of a model's shapes alone, to the byte. */
test.each([
  ['bert-tiny-sst2', 12, 0],
  [sample('gpt2-tiny-shakespeare', 'gpt2'), 4, 2],
])('%s: bytes and rounds of 1 and 3 layers give those of 6', async (name, tokens, newTokens) => {
  const costOf = async (layers: number): Promise<Ran> => {
    const model = await resolveModel(`synthetic:${name}`, { layers });
    const spent = await cost({ model: modelFor(model.synthetic!), ring: model.ring, tokens, newTokens });
    const { perParty: _, links: __, ...bytes } = spent.bytes;
    const byKind: Record<string, number> = {};
    for (const { kinds } of spent.steps)
      for (const [kind, { sent }] of Object.entries(kinds)) byKind[kind] = (byKind[kind] ?? 0) + sent;
    return { ...ran(layers), bytes: { ...bytes, byKind }, rounds: spent.rounds };
  };
  const [one, three, six] = [await costOf(1), await costOf(3), await costOf(6)];
  const { bytes, rounds } = extrapolate(cut(1, one), cut(3, three), 6);
  expect({ bytes, rounds }).toEqual({ bytes: six.bytes, rounds: six.rounds });
});
