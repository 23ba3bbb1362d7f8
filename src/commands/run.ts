/** The secure run behind `infer` and `compare-plaintext`. */
import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import type { Manifest } from '../loaders/shares.ts';
import type { CostReport, Setting } from '../report/run.ts';
import { countBytes, peakRss } from '../service/answers.ts';
import type { Answer, Client, Query } from '../service/client.ts';
import { LocalParties } from '../service/launch.ts';
import { shareWeights } from '../service/shares.ts';
import { tapNames } from '../service/taps.ts';
import { withTempFolder } from '../service/temp.ts';
import type { Inputs } from './inputs.ts';
import type { Progress } from './progress.ts';

export type RunContext = {
  signal: AbortSignal;
  progress: Progress;
  /** Open every layer to the client. */
  layers?: boolean;
};

/** Asks the parties; a bar shows the layers of the answer, under this title. */
export type Ask = (query: Query, title?: string) => Promise<Answer>;

export type Run<T> = { result: T; answers: Answer[]; report: CostReport; setting: Setting };

type Shares = { folder: string; manifest: Manifest };

/** Shares the weights unless they are shared, starts three parties, has them do some work, and ends them. */
export async function runParties<T>(
  inputs: Inputs,
  context: RunContext,
  work: (ask: Ask) => Promise<T>,
): Promise<Run<T>> {
  return withTempFolder(async (folder) => {
    const began = performance.now();
    const shares = inputs.shared ?? (await shareInto(join(folder, 'shares'), inputs, context));
    const shared = inputs.shared ? began : performance.now();
    const layers = layerCounter(context, await tapNames(inputs.program));
    const parties = await startParties(folder, shares, inputs, context, layers.next);
    try {
      const started = performance.now();
      const answers: Answer[] = [];
      const result = await work(async (query, title) => {
        const asked = context.layers ? { ...query, layers: true } : query;
        const answer = await layers.during(title, () => parties.infer(asked));
        answers.push(answer);
        return answer;
      });
      const seconds = { startup: (started - shared) / 1000, share: (shared - began) / 1000 };
      const report = summarise(inputs, { answers, seconds, client: parties.client, manifest: shares.manifest });
      return { result, answers, report, setting: settingOf(inputs) };
    } finally {
      await parties.stop();
    }
  });
}

async function shareInto(
  folder: string,
  { model, kernels }: Inputs,
  { signal, progress }: RunContext,
): Promise<Shares> {
  const step = progress('Sharing weights', 1);
  try {
    const onProgress = (at: { bytes: number; totalBytes: number }) => step.to(at.bytes / at.totalBytes);
    // Who shares weights for a run of their own may see what they like
    const manifest = await shareWeights({ model, out: folder, reveal: 'logits', kernels, signal, onProgress });
    return { folder, manifest };
  } catch (error) {
    if (!(error instanceof PumaError) || error.code !== 'E_DISK') throw error;
    const hint = 'Set TMPDIR to a folder on another disk, or share once: puma share-weights --out FOLDER';
    throw new PumaError(error.code, error.message, hint, error.exitCode);
  } finally {
    step.end();
  }
}

async function startParties(
  folder: string,
  shares: Shares,
  { program, kernels }: Inputs,
  { signal, progress, layers = false }: RunContext,
  onProgress: (name: string) => void,
): Promise<LocalParties> {
  const step = progress('Starting parties', 1);
  try {
    return await LocalParties.start({
      folder,
      shares: shares.folder,
      model: program,
      tableBits: shares.manifest.ring.table.bits,
      kernels,
      threads: kernels.threads,
      revealLayers: layers,
      onProgress,
      signal,
    });
  } finally {
    step.end();
  }
}

/** The bar of an answer: its layers, one after the other. */
function layerCounter({ progress }: RunContext, names: readonly string[]) {
  let done = 0;
  let step: ReturnType<Progress> | undefined;
  return {
    next: (name: string) => step?.to(++done, name),
    async during<T>(title = 'Computing on shares', work: () => Promise<T>): Promise<T> {
      done = 0;
      step = progress(title, names.length);
      return work().finally(() => step?.end());
    },
  };
}

type Ran = { answers: Answer[]; seconds: { startup: number; share: number }; client: Client; manifest: Manifest };

function summarise({ model, program }: Inputs, { answers, seconds, client, manifest }: Ran): CostReport {
  const total = (of: (answer: Answer) => number) => answers.reduce((n, answer) => n + of(answer), 0);
  return {
    model: model.name,
    task: program.task,
    seconds: { ...seconds, inference: total((answer) => answer.seconds) },
    bytes: countBytes(answers),
    rounds: total((answer) => answer.rounds),
    parties: client.parties.map(({ pid }, party) => ({ party, pid, peakRssBytes: peakRss(answers, party) })),
    ring: { bits: manifest.ring.bits, fractionBits: manifest.ring.fractionBits },
    simd: client.parties[1]!.simd,
  };
}

function settingOf({ kernels, queries }: Inputs): Setting {
  const { engine, reason, threads } = kernels;
  const padded = queries[0]!.mask !== undefined;
  return { engine, threads, tokens: queries.map(({ ids }) => ids.length), padded, ...(reason ? { reason } : {}) };
}
