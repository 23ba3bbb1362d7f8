/** A model of a file that is much larger than the memory its parties take. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withTempFolder } from '../../src/files/temp.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { openSynthetic } from '../../src/loaders/synthetic.ts';
import { modelFor } from '../../src/models/index.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { LocalParties } from '../../src/runtime/launch.ts';
import { writeShares } from '../../src/shares/index.ts';

const CONFIG = {
  architectures: ['BertModel'],
  model_type: 'bert',
  vocab_size: 30522,
  type_vocab_size: 2,
  max_position_embeddings: 512,
  hidden_size: 1024,
  num_hidden_layers: 6,
  num_attention_heads: 16,
  intermediate_size: 4096,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
};

const MB = 1e6;

test('memory does not grow with the model', async () => {
  const kernels = loadKernels();
  const { ring } = await resolveModel('bert-tiny-sst2');
  const { read } = openSynthetic(CONFIG, { kernels });
  const model = modelFor(CONFIG);
  const query = { ids: [101, 7592, 2088, 102], types: [0, 0, 0, 0] };
  await withTempFolder(async (folder) => {
    const shares = join(folder, 'shares');
    const about = { name: 'large', architecture: model.architecture, config: CONFIG };
    await writeShares({ plan: model.plan(), read, model: about, ring, out: shares, kernels });
    const { size } = await stat(join(shares, 'party1', 'masked.safetensors'));
    expect(size).toBeGreaterThan(600 * MB);

    const parties = await LocalParties.start({ folder, shares, model, tableBits: ring.table.bits, kernels });
    try {
      const plain = await inferPlain({ kernels, model, weights: plannedWeights(model.plan(), read, 0) }, query);
      for (const time of ['first', 'second']) {
        const { output, reports, seconds } = await parties.infer(query);
        const error = Math.max(...output.map((v, i) => Math.abs(v - plain.output[i]!)));
        const peaks = reports.map(({ peakRssBytes }) => Math.round(peakRssBytes / MB));
        console.log({ time, error, seconds, peaks });
        expect(error).toBeLessThan(0.003);
        expect(Math.max(...peaks)).toBeLessThan(300);
      }
    } finally {
      await parties.stop();
    }
  });
});
