import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { loadKernels } from '../kernels/index.ts';
import { describeShares, type SharesReport } from '../report/shares.ts';
import { bytes } from '../report/units.ts';
import { partyFolder } from '../shares/index.ts';
import { shareWeights as share } from '../shares/share-model.ts';
import { MODEL_OPTIONS } from './model-options.ts';
import { CALIBRATION_OPTION, type PlannedOptions, planOf, readPlanned, UNSAFE_RANGES_OPTION } from './planned.ts';
import { progressBars } from './progress.ts';
import { terminalStyle } from './style.ts';
import { JSON_OPTION, type Verb } from './verb.ts';

type Options = PlannedOptions & { out: string; permitLogits?: boolean; force?: boolean };

/** `puma share-weights`: one folder for each party, to be carried to its host. */
export const shareWeights: Verb<Options> = {
  name: 'share-weights',
  summary: 'share a checkpoint among three parties',
  options: [
    ...MODEL_OPTIONS,
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
  async run({ out, permitLogits, force = false, ...options }, { signal }) {
    const began = performance.now();
    const { threads, json } = options;
    const model = await readPlanned(options, signal);
    const reveal = permitLogits ? 'logits' : 'token';
    const step = progressBars({ json: json ?? false })('Sharing weights', 1);
    const onProgress = (at: { bytes: number; totalBytes: number }) =>
      step.to(at.bytes / at.totalBytes, `${bytes(at.bytes)} of ${bytes(at.totalBytes)}`);
    const kernels = loadKernels(threads === undefined ? {} : { threads });
    const manifest = await share({
      ...{ model, out, force, reveal },
      ...{ kernels, signal, onProgress },
    }).finally(() => step.end());
    const { ring } = manifest;
    const report: SharesReport = {
      model: model.name,
      architecture: manifest.model.architecture,
      id: manifest.id,
      folder: resolve(out),
      tensors: manifest.tensors.length,
      seconds: (performance.now() - began) / 1000,
      ring: { bits: ring.bits, fractionBits: ring.fractionBits, ...planOf(model.calibration) },
      parties: await Promise.all(([0, 1, 2] as const).map((party) => sizeOf(party, resolve(out)))),
    };
    return json ? JSON.stringify(report) : describeShares(report, terminalStyle());
  },
};

async function sizeOf(party: 0 | 1 | 2, out: string): Promise<SharesReport['parties'][number]> {
  const folder = join(out, partyFolder(party));
  const sizes = (await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size);
  return { party, folder, bytes: (await Promise.all(sizes)).reduce((a, b) => a + b, 0) };
}
