/** Checkpoints with large or tiny numbers, as people bring them: right with the rings that their weights ask for. Three processes each; in one process, test/runtime/crafted.test.ts. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { sample } from '../cases.ts';
import { FITTED, writeCrafted } from '../models/crafted.ts';
import { world } from './world.ts';

const { at, call } = world();

/** One with a stream of small numbers, one of large ones. */
const CASES = sample(
  FITTED.filter(({ name }) => /mean square|GeLU/.test(name)),
  FITTED,
);

describe.each(CASES)('$name', (crafted) => {
  test('as in the clear', async () => {
    const folder = crafted.name.replaceAll(/\W+/g, '-');
    await writeCrafted(crafted, at(folder));
    const { stdout, stderr, exitCode } = await call(
      'compare-plaintext',
      '--model',
      folder,
      '--input-ids',
      '5,7,11,4,9,3',
      '--json',
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(JSON.parse(stdout).difference.logitsMax).toBeLessThan(0.02);
  });
});

test('the manifest says what single places have; a table of small numbers has more digits', async () => {
  const folder = 'small';
  await writeCrafted({ from: 'llama-grouped', changes: [[/embed_tokens/, (x) => x * 2 ** -8]] }, at(folder));
  await call('share-weights', '--model', folder, '--out', 'shares');
  const { ring, tensors } = JSON.parse(await readFile(at('shares', 'party1', 'manifest.json'), 'utf8'));
  expect(ring.residual.frac).toBeGreaterThan(18);
  expect(ring.table.frac).toBe(ring.residual.frac);
  expect(tensors[0]).toMatchObject({ name: 'embeddings.table', frac: ring.table.frac });
  expect(ring.unproved).toEqual([]);
});
