/** Checkpoints with numbers that ordinary ones do not have, by parties in this process: right where their rings hold them, withheld where none does. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withTempFolder } from '../../src/files/temp.ts';
import { readModelConfig } from '../../src/loaders/open-model.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { checkingOf, checkLeft } from '../../src/runtime/checked.ts';
import { shareWeights } from '../../src/shares/share-model.ts';
import { CRAFTED, type Crafted, FITTED, writeCrafted } from '../models/crafted.ts';
import { inTheClear } from '../slow/local-run.ts';
import { kernels, serving } from './serving.ts';

/** What the parties answer, whether values were checked, and what is right. */
function answered(crafted: Pick<Crafted, 'from' | 'changes'>, ids: readonly number[]) {
  return withTempFolder(async (folder) => {
    await writeCrafted(crafted, join(folder, 'model'));
    const found = await resolveModel(join(folder, 'model'));
    const model = modelFor(await readModelConfig(found));
    const { ring } = await shareWeights({ model: found, out: join(folder, 'shares'), kernels, reveal: 'logits' });
    const { client, ended } = await serving(model, join(folder, 'shares'), ring);
    const checking = checkingOf(ring, {});
    const query = { ids, types: ids.map(() => 0), reveal: model.head.reveals.compared };
    const answer = await client.infer({ ...query, check: checking.check });
    await client.close();
    expect(await Promise.all(ended)).toEqual([undefined, undefined, undefined]);
    const plain = await inTheClear(found.folder!, (clear) => inferPlain({ kernels, ...clear }, query));
    return { answer, checking, plain };
  });
}

describe('withheld', () => {
  test.each(CRAFTED)('$name', async (crafted) => {
    const { answer, checking } = await answered(crafted, [5, 7, 11, 4, 9]);
    expect(checking).toEqual({ check: true, allowOverflow: false });
    expect(() => checkLeft(answer, checking)).toThrow(`values left their range at ${crafted.kind} (found `);
    checkLeft(answer, { ...checking, allowOverflow: true });
  });
});

describe('as in the clear', () => {
  test.each(FITTED)('$name', async (crafted) => {
    const { answer, plain } = await answered(crafted, [5, 7, 11, 4, 9, 3]);
    const errors = plain.output.map((value, i) => Math.abs(value - answer.output[i]!));
    expect(errors.length).toBeGreaterThan(0);
    expect(Math.max(...errors)).toBeLessThan(0.02);
  });
});
