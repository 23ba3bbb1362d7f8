/** The bundled BERT on sentences it was not trained on: three processes, against the plain interpreter and transformers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { queryFor } from '../../src/datasets/query.ts';
import { projectRoot } from '../../src/files/root.ts';
import { withTempFolder } from '../../src/files/temp.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { openModel, openModelTokenizer } from '../../src/loaders/open-model.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { LocalParties } from '../../src/runtime/launch.ts';
import { shareWeights } from '../../src/shares/share-model.ts';

const DEV = join(projectRoot(), '..', 'shared', 'data', 'sst2', 'dev.tsv');
const GOLDEN = join(projectRoot(), 'test', 'golden', 'sst2-dev-logits.json');
const COUNT = 200;

const argmax = (list: ArrayLike<number>): number => Array.from(list).indexOf(Math.max(...Array.from(list)));
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]!)));

test(`${COUNT} sentences of SST-2: at most one label differs, logits by 0.003 at most`, async () => {
  const rows = readFileSync(DEV, 'utf8').trim().split('\n').slice(1);
  const golden: number[][] = JSON.parse(readFileSync(GOLDEN, 'utf8')).logits;
  const every = Math.floor(rows.length / COUNT); // spread over the file
  const chosen = Array.from({ length: COUNT }, (_, i) => i * every);
  const kernels = loadKernels();
  const found = await resolveModel('bert-tiny-sst2');
  const [checkpoint, tokenizer] = [await openModel(found, kernels), await openModelTokenizer(found)];
  const model = modelFor(checkpoint.config);
  const weights = plannedWeights(model.plan(checkpoint.names), checkpoint.read);
  const result = { sameLabels: 0, right: 0, secureToPlain: 0, plainToTransformers: 0, seconds: 0 };

  await withTempFolder(async (folder) => {
    const shares = join(folder, 'shares');
    await shareWeights({ model: found, out: shares, kernels });
    const parties = await LocalParties.start({ folder, shares, model, tableBits: found.ring.table.bits, kernels });
    try {
      for (const i of chosen) {
        const [text, label] = rows[i]!.split('\t') as [string, string];
        const query = queryFor(model, tokenizer, { text });
        const plain = await inferPlain({ kernels, model, weights }, query);
        const secure = await parties.infer(query);
        result.sameLabels += Number(argmax(secure.output) === argmax(plain.output));
        result.right += Number(argmax(secure.output) === Number(label));
        result.secureToPlain = Math.max(result.secureToPlain, apart(secure.output, plain.output));
        result.plainToTransformers = Math.max(result.plainToTransformers, apart(plain.output, golden[i]!));
        result.seconds += secure.seconds;
      }
    } finally {
      await parties.stop();
    }
  });
  await checkpoint.close();
  console.log(result);
  expect(result.sameLabels).toBeGreaterThanOrEqual(COUNT - 1);
  expect(result.secureToPlain).toBeLessThan(0.003);
  expect(result.plainToTransformers).toBeLessThan(1e-4);
});
