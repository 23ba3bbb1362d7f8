/** A model, three real parties with its shares, and the same model in the clear. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKernels } from '../../src/kernels/index.ts';
import { openModel } from '../../src/loaders/open-model.ts';
import { projectRoot } from '../../src/loaders/registry.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Model } from '../../src/models/model.ts';
import { type PlannedWeights, plannedWeights } from '../../src/models/weights.ts';
import { LocalParties } from '../../src/service/launch.ts';
import { shareWeights } from '../../src/service/shares.ts';
import { withTempFolder } from '../../src/service/temp.ts';

export const kernels = loadKernels();

/** Data and checkpoints that are too large for the project lie beside it. */
export const shared = (...parts: string[]) => join(projectRoot(), '..', 'shared', ...parts);

export const golden = (file: string) => JSON.parse(readFileSync(join(projectRoot(), 'test/golden', file), 'utf8'));

export type LocalRun = { parties: LocalParties; model: Model; weights: PlannedWeights };

export async function withModel<T>(name: string, work: (run: LocalRun) => Promise<T>): Promise<T> {
  const found = await resolveModel(name);
  const checkpoint = await openModel(found, kernels);
  const model = modelFor(checkpoint.config);
  const weights = plannedWeights(model.plan(checkpoint.names), checkpoint.read);
  return withTempFolder(async (folder) => {
    const shares = join(folder, 'shares');
    await shareWeights({ model: found, out: shares, kernels, reveal: 'logits' });
    const parties = await LocalParties.start({ folder, shares, model, tableBits: found.ring.table.bits, kernels });
    try {
      return await work({ parties, model, weights });
    } finally {
      await parties.stop();
      await checkpoint.close();
    }
  });
}

export const argmax = (list: ArrayLike<number>): number => {
  const values = Array.from(list);
  return values.indexOf(Math.max(...values));
};
