import { ensure } from '../errors.ts';
import type { Label } from '../transport/link.ts';

const LEVELS = 4;
const TOP_STEPS = 2 ** 24 - 1;
const BRANCHES = 64;
const BRANCH_STEPS = 2 ** 18;

/**
 * A place in the program: a counter per sequential stretch, nested by branches. All parties walk the same places, so the
 * label of a step names the same messages and random streams everywhere, in whatever order they really happen.
 *
 * A label is 12 bytes, four words of 24 bits. The first counts the steps of the main stretch (2^24 of them); each
 * further word is [branch + 1 : 6 bits][step : 18 bits] of one level of nesting, or 0 above the last level.
 */
export class Place {
  private count = 0;

  constructor(private readonly path: readonly number[] = []) {}

  /** The label of the next step. */
  next(): Label {
    return encode([...this.path, this.take()]);
  }

  /** Places for branches that run side by side; together they take one step of this stretch. */
  fork(branches: number): Place[] {
    ensure(branches < BRANCHES, `${branches} branches, ${BRANCHES - 1} at most`);
    ensure(this.path.length / 2 + 1 < LEVELS, 'branches nest too deeply');
    const here = this.take();
    return Array.from({ length: branches }, (_, b) => new Place([...this.path, here, (b + 1) * BRANCH_STEPS]));
  }

  private take(): number {
    const n = this.count++;
    if (this.path.length === 0) {
      ensure(n < TOP_STEPS, 'the program has too many steps');
      return n;
    }
    ensure(n < BRANCH_STEPS, 'a branch has too many steps');
    return n;
  }
}

/** path alternates: [step, branch base, step, branch base, ..., step]; a base and the step after it make one word. */
function encode(path: readonly number[]): Label {
  const words = [path[0] ?? 0];
  for (let i = 1; i < path.length; i += 2) words.push((path[i] ?? 0) + (path[i + 1] ?? 0));
  while (words.length < LEVELS) words.push(0);
  return words.map((w) => String.fromCharCode(w >> 16, (w >> 8) & 255, w & 255)).join('');
}
