/** `comparePlaintext()` as people call it. */
import { expect, test } from 'vitest';
import { comparePlaintext } from '../../src/index.ts';
import { thorough } from '../cases.ts';
import { CRAFTED, writeCrafted } from '../models/crafted.ts';
import { BERT, LLAMA, libraryWorld, TEXT } from './library-world.ts';

const { at } = libraryWorld();

const expected: [string, Parameters<typeof comparePlaintext>[0], string[]][] = [
  [
    'a model that classifies',
    { model: BERT, texts: [TEXT, { text: 'a film', pair: 'awful' }], ids: [[2, 100, 3]] },
    ['embeddings', 'layer.0', 'layer.1', 'pooler', 'logits'],
  ],
  [
    'a model that generates',
    { model: LLAMA, texts: ['ROMEO:'], padTo: 8 },
    ['embeddings', 'layer.0', 'layer.1', 'layer.2', 'layer.3', 'logits'],
  ],
];

test.each(expected)('%s', async (_what, options, layers) => {
  const { results, difference, run, ...verdict } = await comparePlaintext(options);
  expect(run.rounds).toBeGreaterThan(0);
  expect(run.lengths).toHaveLength(results.length);
  expect(verdict).toEqual({ tolerance: 0.1, within: true, fault: null });
  expect(results).toHaveLength((options.texts?.length ?? 0) + (options.ids?.length ?? 0));
  expect(results.map(({ label }) => label)).toEqual(results.map(({ plaintext }) => plaintext.label));
  expect(difference.labelsEqual).toBe(true);
  expect(difference.layers.map(({ name }) => name)).toEqual(layers);
  expect(difference.logitsMax).toBe(Math.max(...results.map(({ logitsMax }) => logitsMax)));
  expect(difference.logitsMax).toBeGreaterThan(0); // the low bits are rounding
  expect(difference.logitsMax).toBeLessThan(5e-3);
});

thorough('values that leave their ring: the site', async () => {
  await writeCrafted(CRAFTED.find(({ name }) => name.startsWith('a down projection'))!, at('loud'));
  const { within, fault } = await comparePlaintext({ model: at('loud'), ids: [[5, 7, 11, 4, 9]] });
  expect({ within, fault }).toMatchObject({ within: false, fault: { layer: 'layer.1', holds: false } });
  expect(fault!.range.most).toBeGreaterThan(fault!.bound.most);
});

thorough('beyond the tolerance: the value whose error is the first to jump', async () => {
  const { within, fault } = await comparePlaintext({ model: BERT, texts: [TEXT], tolerance: 1e-9 });
  expect({ within, fault }).toMatchObject({ within: false, fault: { layer: 'embeddings', holds: true } });
  expect(fault!.message).toMatch(/^embeddings: off by \S+; no value left its range, with \d+\.\d bits of room at \S/);
});
