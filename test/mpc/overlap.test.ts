import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { gate } from '../../src/mpc/gate.ts';
import { argmax } from '../../src/mpc/maximum.ts';
import { matmul, product } from '../../src/mpc/product.ts';
import { remask } from '../../src/mpc/remask.ts';
import { settle } from '../../src/mpc/truncate.ts';
import type { Masked } from '../../src/mpc/values.ts';
import { ACTIVATIONS } from '../../src/ops/plain-values.ts';
import { localSessions } from '../../src/party/local.ts';
import { Party } from '../../src/party/party.ts';
import type { Label, Link } from '../../src/transport/link.ts';
import { ERRORS } from './errors.ts';
import { random, uniform, worst } from './numbers.ts';
import { billOf, kernels, maskedReals, open, type Parts, type Result } from './parties.ts';

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
