/** A client and three parties in this process: everything a run has but processes and sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFor } from '../../src/models/index.ts';
import type { Model } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import type { PlainWeights } from '../../src/ops/plain.ts';
import { shareWeights } from '../../src/shares/share-model.ts';
import { SMALL, writeCheckpoint } from '../commands/world.ts';
import { randomWeights, reader } from '../models/tiny-bert.ts';
import { RING } from '../shares/helpers.ts';
import { kernels, type Serving, serving } from './serving.ts';

export { kernels } from './serving.ts';

export type Together = Serving & {
  model: Model;
  /** The model's weights in the clear. */
  weights: PlainWeights;
};

/** Shares the small model and has three parties serve it. */
export async function together(allowLayers = false): Promise<Together> {
  const folder = await mkdtemp(join(tmpdir(), 'puma-test-'));
  try {
    await writeCheckpoint(join(folder, 'model'));
    const out = join(folder, 'shares');
    const model = modelFor(SMALL);
    await shareWeights({
      model: { name: 'small', folder: join(folder, 'model'), ring: RING },
      out,
      kernels,
    });
    const weights = plannedWeights(model.plan(), reader(randomWeights(SMALL)));
    return { model, weights, ...(await serving(model, out, RING, { allowLayers })) };
  } finally {
    await rm(folder, { recursive: true });
  }
}
