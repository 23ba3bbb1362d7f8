/** Checkpoints whose values leave every ring: their answers are withheld. Three processes each. */
import { describe, expect, test } from 'vitest';
import { CRAFTED, type Crafted, writeCrafted } from '../models/crafted.ts';
import { world } from './world.ts';

const { at, puma } = world();

const folderOf = ({ name }: Crafted) => name.replaceAll(/\W+/g, '-');
const ask = (crafted: Crafted, ...more: string[]) => {
  const ends = crafted.from.startsWith('roberta') ? [] : ['--max-new-tokens', '1'];
  return puma('infer', '--model', folderOf(crafted), '--input-ids', '5,7,11,4,9', ...ends, ...more);
};

describe.each(CRAFTED)('$name', (crafted) => {
  test('the answer is withheld, and given to who wants it all the same', async () => {
    await writeCrafted(crafted, at(folderOf(crafted)));
    const { stdout, stderr, exitCode } = await ask(crafted);
    expect({ stdout, exitCode }).toEqual({ stdout: expect.not.stringMatching(/time/), exitCode: 1 });
    expect(stderr).toMatch(
      new RegExp(`^puma: the answer is withheld: .*values left their range at ${crafted.kind} \\(found \\d+ times\\)`),
    );
    expect(stderr).toMatch(/\(E_OVERFLOW\)\n {2}Make a plan of its rings: puma calibrate\. With --allow-overflow/);
    expect((await ask(crafted, '--allow-overflow', '--json')).exitCode).toBe(0);
  });
});

test('a model that its weights prove is not checked, unless that is asked for', async () => {
  const of = async (...more: string[]) =>
    JSON.parse((await puma('infer', '--model', 'model', '--input-ids', '2,7,3', '--json', ...more)).stdout);
  const [plain, checked] = [await of(), await of('--check-ranges')];
  expect(plain.ranges).toBe('proved by the weights: no text leaves the rings');
  expect(checked.ranges).toBe('checked: no value left the rings');
  expect(plain.kinds.check).toBeUndefined();
});
