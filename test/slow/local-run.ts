/** A model, three real parties with its shares, and the same model in the clear. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/files/root.ts';
import { withTempFolder } from '../../src/files/temp.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { openModel } from '../../src/loaders/open-model.ts';
import { type ResolvedModel, resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Model } from '../../src/models/model.ts';
import { type PlannedWeights, plannedWeights } from '../../src/models/weights.ts';
import { LocalParties } from '../../src/runtime/launch.ts';
import { shareWeights } from '../../src/shares/share-model.ts';

export const kernels = loadKernels();

/** Data and checkpoints that are too large for the project lie beside it. */
export const shared = (...parts: string[]) => join(projectRoot(), '..', 'shared', ...parts);

export const golden = (file: string) => JSON.parse(readFileSync(join(projectRoot(), 'test/golden', file), 'utf8'));

export type Clear = { found: ResolvedModel; model: Model; weights: PlannedWeights };

/** A model for the plain interpreter. */
export async function inTheClear<T>(name: string, work: (clear: Clear) => Promise<T>): Promise<T> {
  const found = await resolveModel(name);
  const checkpoint = await openModel(found, kernels);
  try {
    const model = modelFor(checkpoint.config);
    return await work({ found, model, weights: plannedWeights(model.plan(checkpoint.names), checkpoint.read) });
  } finally {
    await checkpoint.close();
  }
}

export type LocalRun = Clear & { parties: LocalParties };

/** The same, and three parties with its shares. */
export function withModel<T>(
  name: string,
  work: (run: LocalRun) => Promise<T>,
  { revealLayers = false } = {},
): Promise<T> {
  return inTheClear(name, (clear) =>
    withTempFolder(async (folder) => {
      const { found, model } = clear;
      const shares = join(folder, 'shares');
      await shareWeights({ model: found, out: shares, kernels, reveal: 'logits' });
      const tableBits = found.ring.table.bits;
      const parties = await LocalParties.start({ folder, shares, model, tableBits, kernels, revealLayers });
      try {
        return await work({ ...clear, parties });
      } finally {
        await parties.stop();
      }
    }),
  );
}

export const argmax = (list: ArrayLike<number>): number => {
  const values = Array.from(list);
  return values.indexOf(Math.max(...values));
};
