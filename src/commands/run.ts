/** The secure run behind `infer` and `compare-plaintext`. */
import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import type { Manifest } from '../loaders/shares.ts';
import type { RunReport, Setting } from '../report/run.ts';
import { countBytes, peakRss } from '../service/answers.ts';
import type { Answer, Client } from '../service/client.ts';
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
  layers: boolean;
};

export type Run = {
  answers: Answer[];
  report: Omit<RunReport, 'results'>;
  setting: Setting;
};

type Shares = { folder: string; manifest: Manifest };

/** Shares the weights unless they are shared, starts three parties, has them answer every query, and ends them. */
export async function runParties(inputs: Inputs, context: RunContext): Promise<Run> {
  return withTempFolder(async (folder) => {
    const began = performance.now();
    const shares = inputs.shared ?? (await shareInto(join(folder, 'shares'), inputs, context));
    const shared = inputs.shared ? began : performance.now();
    const layers = layerCounter(inputs, context, await tapNames(inputs.program));
    const parties = await startParties(folder, shares, inputs, context, layers.next);
    try {
      const started = performance.now();
      const answers = await layers.during(() => inferAll(parties, inputs, context));
      const seconds = { startup: (started - shared) / 1000, share: (shared - began) / 1000 };
      return summarise(inputs, { answers, seconds, client: parties.client, manifest: shares.manifest });
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
    return { folder, manifest: await shareWeights({ model, out: folder, kernels, signal, onProgress }) };
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
  { signal, progress, layers }: RunContext,
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
      onLoad: (done) => step.to(done),
      signal,
    });
  } finally {
    step.end();
  }
}

async function inferAll(parties: LocalParties, { queries }: Inputs, { layers }: RunContext): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const query of queries) answers.push(await parties.infer({ ...query, layers }));
  return answers;
}

/** The bar of an inference: layers of all texts. */
function layerCounter({ queries }: Inputs, { progress }: RunContext, names: readonly string[]) {
  let done = 0;
  let step: ReturnType<Progress> | undefined;
  return {
    next: (name: string) =>
      step?.to(++done, queries.length === 1 ? name : textNumber(done, names.length, queries.length)),
    async during<T>(work: () => Promise<T>): Promise<T> {
      step = progress('Computing on shares', names.length * queries.length);
      return work().finally(() => step?.end());
    },
  };
}

const textNumber = (done: number, each: number, texts: number) => `text ${Math.ceil(done / each)} of ${texts}`;

type Ran = { answers: Answer[]; seconds: { startup: number; share: number }; client: Client; manifest: Manifest };

function summarise({ model, program, kernels, queries }: Inputs, { answers, seconds, client, manifest }: Ran): Run {
  const total = (of: (answer: Answer) => number) => answers.reduce((n, answer) => n + of(answer), 0);
  const report = {
    model: model.name,
    task: program.task,
    seconds: { ...seconds, inference: total((answer) => answer.seconds) },
    bytes: countBytes(answers),
    rounds: total((answer) => answer.rounds),
    parties: client.parties.map(({ pid }, party) => ({ party, pid, peakRssBytes: peakRss(answers, party) })),
    ring: { bits: manifest.ring.bits, fractionBits: manifest.ring.fractionBits },
    simd: client.parties[1]!.simd,
  };
  const { engine, reason, threads } = kernels;
  const padded = queries[0]!.counted !== undefined;
  const tokens = queries.map(({ ids }) => ids.length);
  return { answers, report, setting: { engine, threads, tokens, padded, ...(reason ? { reason } : {}) } };
}
