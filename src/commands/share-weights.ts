import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { loadKernels } from '../library/kernels.ts';
import { findModel, planOf } from '../library/run/model.ts';
import { shareWeights as share } from '../library/share.ts';
import { describeShares, type SharesReport } from '../report/shares.ts';
import { terminalStyle } from '../terminal/style.ts';
import { JSON_OPTION, type Verb } from '../terminal/verb.ts';
import {
  CALIBRATION_OPTION,
  MODEL_OPTIONS,
  type ModelOptions,
  modelOf,
  THREADS_OPTION,
  UNSAFE_RANGES_OPTION,
} from './model-options.ts';

type Options = ModelOptions & {
  out: string;
  permitLogits?: boolean;
  force?: boolean;
  threads?: number;
  json?: boolean;
};

/** `puma share-weights`: one folder for each party, to be carried to its host. */
export const shareWeights: Verb<Options> = {
  name: 'share-weights',
  summary: 'share a checkpoint among three parties',
  options: [
    ...MODEL_OPTIONS,
    THREADS_OPTION,
    new Option('--out <folder>', 'the folder to make, with party0, party1 and party2 in it').makeOptionMandatory(),
    new Option('--permit-logits', 'let clients ask for all logits of a model that generates'),
    new Option('--force', 'replace shares that are there'),
    CALIBRATION_OPTION,
    UNSAFE_RANGES_OPTION,
    JSON_OPTION,
  ],
  examples: [
    'puma share-weights --model bert-tiny-sst2 --out shares',
    'puma share-weights --model llama-tiny-shakespeare --permit-logits --out shares',
  ],
  async run({ out, permitLogits, force, threads, json = false, ...options }, { signal, warn, bars: { onProgress } }) {
    const began = performance.now();
    const watch = { signal, onProgress };
    const model = await findModel(modelOf(options), watch);
    const kernels = loadKernels(threads === undefined ? {} : { threads });
    const reveal = permitLogits ? 'logits' : undefined;
    const onWarning = (warning: string) => warn([warning]);
    const manifest = await share({ model, out, force, reveal, kernels, ...watch, onWarning });
    const { ring } = manifest;
    const report: SharesReport = {
      model: model.name,
      architecture: manifest.model.architecture,
      id: manifest.id,
      folder: resolve(out),
      tensors: manifest.tensors.length,
      seconds: (performance.now() - began) / 1000,
      ring: { bits: ring.bits, fractionBits: ring.fractionBits, ...planOf(model.calibration) },
      parties: await Promise.all([0, 1, 2].map((party) => sizeOf(party, resolve(out)))),
    };
    return json ? JSON.stringify(report) : describeShares(report, terminalStyle());
  },
};

async function sizeOf(party: number, out: string): Promise<SharesReport['parties'][number]> {
  const folder = join(out, `party${party}`);
  const sizes = (await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size);
  return { party, folder, bytes: (await Promise.all(sizes)).reduce((a, b) => a + b, 0) };
}
