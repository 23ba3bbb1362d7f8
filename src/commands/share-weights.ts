import { Command } from 'commander';
import { loadKernels } from '../kernels/index.ts';
import { resolveModel } from '../loaders/resolve.ts';
import { shareWeights } from '../service/shares.ts';

export function shareWeightsCommand(): Command {
  return new Command('share-weights')
    .description('share a checkpoint among three parties')
    .requiredOption('--model <name|folder>', 'a model of the registry, or a Hugging Face folder')
    .requiredOption('--out <folder>', 'the folder to make')
    .option('--force', 'replace shares that are there', false)
    .action(async (options: { model: string; out: string; force: boolean }) => {
      const model = await resolveModel(options.model);
      await shareWeights({ model, out: options.out, force: options.force, kernels: loadKernels() });
    });
}
