import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadKernels } from '../kernels/index.ts';
import { openCheckpoint } from '../loaders/checkpoint.ts';
import { resolveModel } from '../loaders/resolve.ts';
import { openTokenizer } from '../loaders/tokenizer.ts';
import { modelFor } from '../models/index.ts';
import { checkShares, countBytes, describeOutput, peakRss, queryFor } from '../service/infer.ts';
import { LocalParties } from '../service/launch.ts';
import { shareWeights } from '../service/shares.ts';

export function inferCommand(): Command {
  return new Command('infer')
    .requiredOption('--model <name|folder>')
    .option('--shares <folder>')
    .option('--text <text>')
    .option('--pad-to <n>', '', Number)
    .action(async (o: { model: string; shares?: string; text: string; padTo?: number }) => {
      const kernels = loadKernels();
      const model = await resolveModel(o.model);
      const temp = await mkdtemp(join(tmpdir(), 'puma-'));
      const t0 = performance.now();
      const shares = o.shares ?? join(temp, 'shares');
      if (!o.shares) await shareWeights({ model, out: shares, kernels });
      const t1 = performance.now();
      const checkpoint = await openCheckpoint(model.folder);
      const program = modelFor(checkpoint.config);
      const tokenizer = await openTokenizer(model.folder);
      const { tableBits } = await checkShares(shares, model, program);
      const parties = await LocalParties.start({
        folders: [0, 1, 2].map((i) => join(shares, `party${i}`)) as never,
        model: program,
        tableBits,
        kernels,
      });
      const t2 = performance.now();
      try {
        const answer = await parties.infer(queryFor(program, tokenizer, { text: o.text }, o.padTo));
        console.log(
          describeOutput(program, { text: o.text }, answer.output).label,
          answer.output.slice(0, 8),
          answer.seconds,
          answer.rounds,
          countBytes([answer]),
          [0, 1, 2].map((i) => peakRss([answer], i)),
          { share: t1 - t0, startup: t2 - t1 },
        );
      } finally {
        await parties.stop();
        await rm(temp, { recursive: true });
      }
    });
}
