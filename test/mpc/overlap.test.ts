import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { allOf } from '../../src/mpc/bits.ts';
import { gate } from '../../src/mpc/gate.ts';
import { argmax } from '../../src/mpc/maximum.ts';
import { power } from '../../src/mpc/power.ts';
import { matmul, product } from '../../src/mpc/product.ts';
import { remask } from '../../src/mpc/remask.ts';
import { andNot } from '../../src/mpc/select.ts';
import { settle } from '../../src/mpc/truncate.ts';
import type { Masked } from '../../src/mpc/values.ts';
import { ACTIVATIONS } from '../../src/ops/plain-values.ts';
import { normalise, normaliseRms } from '../../src/ops/secure-norm.ts';
import { attentionRings, NORM } from '../../src/ops/secure-rings.ts';
import { softmaxWeights } from '../../src/ops/secure-softmax.ts';
import { localSessions } from '../../src/party/local.ts';
import { Party } from '../../src/party/party.ts';
import type { Label, Link } from '../../src/transport/link.ts';
import { ERRORS } from './errors.ts';
import { mean, random, uniform, worst } from './numbers.ts';
import { billOf, kernels, maskedReals, open, type Parts, type Result, shared } from './parties.ts';

/** A link that holds every message back for a while of its own, so that they arrive in any order. */
function late(link: Link, delay: () => number): Link {
  return {
    peer: link.peer,
    traffic: link.traffic,
    send: (label: Label, ...parts: Uint8Array[]) => {
      const copies = parts.map((part) => part.slice());
      setTimeout(() => link.send(label, ...copies), delay());
    },
    receive: (label) => link.receive(label),
    drained: () => link.drained(),
    close: () => link.close(),
    destroy: (reason) => link.destroy(reason),
  };
}

type Delay = () => number;

/** Three parties whose messages dawdle; each has its own clock, so their branches go on in different orders. */
async function dawdling(
  seed: number,
  program: (p: Party, delay: Delay) => Promise<Result[]>,
): Promise<Parts<Result>[]> {
  const parties = localSessions({ kernels }).map((session) => {
    const next = random(seed * 10 + session.role);
    const delay = () => Math.floor(6 * next());
    const links = session.links.map((link) => link && late(link, delay));
    return { party: new Party({ ...session, links }), delay };
  });
  const [a, b, c] = await Promise.all(parties.map(({ party, delay }) => program(party, delay)));
  billOf(parties.map(({ party }) => party));
  return a!.map((_, i) => [a![i]!, b![i]!, c![i]!]);
}

const K64 = { bits: 64, frac: 18 };
const SMALL = { bits: 28, frac: 14 };
const LINEAR = { bits: 52, frac: 18 };
const ATTENTION = attentionRings({ scores: 20, values: 10 }, 512, false);

test.each([1, 2, 3, 4, 5, 6])(
  'branches overlap, messages arrive in any order, results are right (%i)',
  async (seed) => {
    const x = uniform(64, -5, 5, seed);
    const [wide, small] = [maskedReals(x, K64), maskedReals(x, SMALL)];
    const results = await dawdling(seed, async (p, delay) => {
      const [w, s] = [wide[p.role], small[p.role]];
      const wait = () => sleep(delay());
      const [squares, [gelu, cubes, index], gram] = await p.all(
        async (q) => {
          await wait();
          return settle(q, await product(q, w, w), K64);
        },
        (q) =>
          q.all(
            async (r) => {
              await wait();
              return gate(r, s, 'gelu');
            },
            async (r) => {
              const square = await settle(r, await product(r, w, w), K64);
              await wait();
              return settle(r, await product(r, square, w), K64);
            },
            async (r) => (await argmax(r, s, 8)).index,
          ),
        async (q) => {
          await wait();
          return settle(q, await matmul(q, w, w, { batch: 1, m: 8, k: 8, n: 8, transposeB: true }), K64);
        },
      );
      return [squares, gelu, cubes, index, gram, await remask(p, gelu)];
    });
    const [squares, gelu, cubes, index, gram, after] = results.map((parts) => open(parts).map(Number));
    const scaled = (values: number[] | undefined, frac: number) => values!.map((v) => v / 2 ** frac);
    expect(
      worst(
        scaled(squares, 18),
        x.map((v) => v * v),
      ),
    ).toBeLessThan(1e-4);
    expect(
      worst(
        scaled(cubes, 18),
        x.map((v) => v ** 3),
      ),
    ).toBeLessThan(1e-3);
    expect(worst(scaled(gelu, 14), x.map(ACTIVATIONS.gelu))).toBeLessThan(ERRORS.GeLU.bound);
    expect(after).toEqual(gelu);
    expect(index).toEqual([x.indexOf(Math.max(...x))]);
    const dot = (i: number, j: number) =>
      Array.from({ length: 8 }, (_, k) => x[8 * i + k]! * x[8 * j + k]!).reduce((a, b) => a + b);
    expect(
      worst(
        scaled(gram, 18),
        Array.from({ length: 64 }, (_, e) => dot(e >> 3, e & 7)),
      ),
    ).toBeLessThan(1e-3);
  },
);

test.each([1, 2, 3])('so do protocols that branch themselves: norms, powers, logic, softmax (%i)', async (seed) => {
  const x = uniform(64, 1, 5, seed);
  const [wide, score, v] = [
    maskedReals(x, { ...NORM.input, shape: [4, 16] }),
    maskedReals(x, ATTENTION.score),
    maskedReals(x, { bits: 24, frac: 18 }),
  ];
  const coins = Array.from(x, (_, i) => (i * seed) % 2);
  const [bit, other] = [shared(coins), shared(coins.map((c) => 1 - c))];
  const results = await dawdling(seed, async (p, delay) => {
    const wait = () => sleep(delay());
    const [layer, rms, weights, power2, logic] = await p.all(
      (q) => normalise(q, wide[p.role], 1e-12, LINEAR),
      async (q) => {
        await wait();
        return normaliseRms(q, wide[p.role], 1e-12, LINEAR);
      },
      (q) => softmaxWeights(q, score[p.role], [16, 16, 16, 16], ATTENTION),
      async (q) => {
        await wait();
        const readings = [{ v: v[p.role], low: 0, high: 4 }];
        return power(q, readings, { kind: 'reciprocal', fracs: [20, 28] });
      },
      (q) =>
        q.all(
          (r) => andNot(r, bit[p.role], other[p.role], 64),
          async (r) => {
            await wait();
            return (await allOf(r, [[bit[p.role], bit[p.role], other[p.role], bit[p.role]]]))[0]!;
          },
        ),
    );
    return [layer, rms, weights, ...power2, ...logic];
  });
  const opened = results.map((parts) => open(parts).map(Number));
  const scaled = (i: number, frac: number) => opened[i]!.map((value) => value / 2 ** frac);
  const rows = <T>(of: (row: Float64Array) => ArrayLike<T>) =>
    [0, 1, 2, 3].flatMap((r) => Array.from(of(x.subarray(16 * r, 16 * r + 16))));
  const root = (row: Float64Array) => Math.sqrt(mean(row.map((a) => a * a)));
  const centred = (row: Float64Array) => row.map((a) => a - mean(row));
  const close = 2e-3;
  const normed = (row: Float64Array) => row.map((a) => a / root(row));
  expect(
    worst(
      scaled(0, 18),
      rows((row) => normed(centred(row))),
    ),
  ).toBeLessThan(close);
  expect(worst(scaled(1, 18), rows(normed))).toBeLessThan(close);
  const relative = opened[2]!.map((w, i) => w / Math.max(...opened[2]!.slice(i - (i % 16), i - (i % 16) + 16)));
  expect(
    worst(
      relative,
      rows((row) => row.map((a) => 2 ** (a - Math.max(...row)))),
    ),
  ).toBeLessThan(close);
  for (const [i, frac] of [
    [3, 20],
    [4, 28],
  ] as const) {
    expect(
      worst(
        scaled(i, frac),
        x.map((a) => 1 / a),
      ),
    ).toBeLessThan(ERRORS['1/v'].bound);
  }
  expect(opened[5]).toEqual(coins);
  expect(opened[6]).toEqual(coins.map(() => 0));
});

test('independent steps share their rounds', async () => {
  const values = [1, 2, 3].map((seed) => maskedReals(uniform(64, -1, 1, seed), K64));
  const square = async (p: Party, x: Masked) => settle(p, await product(p, x, x), K64);
  const rounds = async (program: (p: Party, own: Masked[]) => Promise<unknown>) => {
    const parties = localSessions({ kernels }).map((session) => new Party(session));
    await Promise.all(
      parties.map((p) =>
        program(
          p,
          values.map((parts) => parts[p.role]),
        ),
      ),
    );
    return billOf(parties).rounds;
  };
  expect(await rounds(async (p, own) => p.all(...own.map((x) => (q: Party) => square(q, x))))).toBe(2);
  expect(
    await rounds(async (p, own) => {
      for (const x of own) await square(p, x);
    }),
  ).toBe(6);
});
