import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Place } from '../../src/party/place.ts';
import { isReserved } from '../../src/transport/ending.ts';
import { LABEL_BYTES } from '../../src/transport/link.ts';

/** A program as a place sees it: steps, and forks into branches that are programs. */
type Program = (null | Program[])[];

const program = (depth: number): fc.Arbitrary<Program> =>
  fc.array(
    depth === 0
      ? fc.constant(null)
      : fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.array(program(depth - 1), { maxLength: 4 })),
    { maxLength: 6 },
  );

/** Takes every step, branches one after the other. -> path in the program -> label */
function walk(steps: Program, place = new Place(), path = '', seen = new Map<string, string>()): Map<string, string> {
  steps.forEach((step, i) => {
    if (step === null) seen.set(`${path}/${i}`, place.next());
    else
      place.fork(step.length).forEach((branch, b) => {
        walk(step[b]!, branch, `${path}/${i}.${b}`, seen);
      });
  });
  return seen;
}

/** Takes every step, branches side by side, each waiting as long as it likes before each step. */
async function stroll(
  steps: Program,
  wait: () => number,
  place = new Place(),
  path = '',
  seen = new Map<string, string>(),
): Promise<Map<string, string>> {
  for (const [i, step] of steps.entries()) {
    for (let turns = wait(); turns > 0; turns--) await null;
    if (step === null) seen.set(`${path}/${i}`, place.next());
    else
      await Promise.all(
        place.fork(step.length).map((branch, b) => stroll(step[b]!, wait, branch, `${path}/${i}.${b}`, seen)),
      );
  }
  return seen;
}

describe('labels, over random programs', () => {
  test('are all different, 12 bytes, and not the transport’s own', () => {
    fc.assert(
      fc.property(program(3), (steps) => {
        const labels = [...walk(steps).values()];
        expect(new Set(labels).size).toBe(labels.length);
        for (const label of labels) {
          expect(label.length).toBe(LABEL_BYTES);
          expect(isReserved(label)).toBe(false);
          expect([...label].every((char) => char.charCodeAt(0) < 256)).toBe(true);
        }
      }),
    );
  });

  test('are those of the place in the program, whatever the order of awaits', async () => {
    const property = fc.asyncProperty(program(3), fc.infiniteStream(fc.nat(5)), async (steps, waits) => {
      const wait = () => waits.next().value as number;
      const strolled = await stroll(steps, wait);
      expect(new Map([...strolled].sort())).toEqual(new Map([...walk(steps)].sort()));
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

/** As if so many steps had been taken. */
function jump(place: Place, count: number): Place {
  Object.defineProperty(place, 'count', { value: count, writable: true });
  return place;
}

test('limits: steps, branches, depth', () => {
  expect(() => jump(new Place(), 2 ** 24 - 2).next()).not.toThrow();
  expect(() => jump(new Place(), 2 ** 24 - 1).next()).toThrow('the program has too many steps');
  const branch = new Place().fork(63)[62]!;
  expect(() => jump(branch, 2 ** 18 - 1).next()).not.toThrow();
  expect(() => branch.next()).toThrow('a branch has too many steps');
  expect(() => new Place().fork(64)).toThrow('64 branches, 63 at most');
  const deepest = [1, 2, 3].reduce((place) => place.fork(1)[0]!, new Place());
  expect(() => deepest.next()).not.toThrow();
  expect(() => deepest.fork(1)).toThrow('branches nest too deeply');
});

test('the last label of all is not reserved either', () => {
  let place = jump(new Place(), 2 ** 24 - 2);
  for (let depth = 0; depth < 3; depth++) place = jump(place.fork(63)[62]!, 2 ** 18 - 1);
  expect(isReserved(place.next())).toBe(false);
});
