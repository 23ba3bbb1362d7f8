/** The secure run behind `infer` and `compare-plaintext`. */
import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import { withTempFolder } from '../files/temp.ts';
import type { Query } from '../models/query.ts';
import { tapNames } from '../plaintext/taps.ts';
import type { RingReport } from '../report/ring.ts';
import type { CostReport, Setting } from '../report/run.ts';
import { countBytes, countKinds, peakRss } from '../runtime/answers.ts';
import { checkingOf, checkLeft, rangeState } from '../runtime/checked.ts';
import type { Answer, Client } from '../runtime/client.ts';
import { LocalParties } from '../runtime/launch.ts';
import type { Manifest } from '../shares/index.ts';
import { shareWeights } from '../shares/share-model.ts';
import type { Inputs } from './inputs.ts';
import { type LayerTimes, layerTimes } from './layer-times.ts';
import { planOf } from './planned.ts';
import type { Progress } from './progress.ts';

export type RunContext = {
  signal: AbortSignal;
  progress: Progress;
  /** Open every layer to the client. */
  layers?: boolean;
};

/** Asks the parties; a bar shows the layers of the answer, under this title. */
export type Ask = (query: Query, title?: string) => Promise<Answer>;

export type Run<T> = {
  result: T;
  answers: Answer[];
  report: CostReport;
  setting: Setting;
  /** That the weights are shared in. */
  ring: Manifest['ring'];
};

type Shares = { folder: string; manifest: Manifest };

/** Shares the weights unless they are shared, starts three parties, has them do some work, and ends them. */
export async function runParties<T>(
  inputs: Inputs,
  context: RunContext,
  work: (ask: Ask) => Promise<T>,
): Promise<Run<T>> {
  const names = await tapNames(inputs.program);
  const times = layerTimes(names);
  const layers = layerCounter(context, names, times);
  return withParties(inputs, context, layers.next, async (parties, { seconds, manifest }) => {
    const answers: Answer[] = [];
    const { checkRanges = context.layers ? false : undefined, allowOverflow } = inputs; // a comparison shows what is wrong
    const checking = checkingOf(manifest.ring, { checkRanges, allowOverflow });
    const result = await work(async (query, title) => {
      const asked = { ...query, layers: context.layers ?? false, check: checking.check };
      const answer = await layers.during(title, () => parties.infer(asked));
      checkLeft(answer, checking);
      answers.push(answer);
      return answer;
    });
    const { client } = parties;
    const ranges = rangeState(manifest.ring, checking);
    const report = { ...summarise(inputs, { answers, seconds, client, manifest, layers: times.list() }), ranges };
    return { result, answers, report, setting: settingOf(inputs), ring: manifest.ring };
  });
}

export type Started = { seconds: { startup: number; share: number }; manifest: Manifest };

/** The same for work that asks the parties itself; `onProgress` hears of every value that the model names. */
export async function withParties<T>(
  inputs: Inputs,
  context: RunContext,
  onProgress: (name: string) => void,
  work: (parties: LocalParties, started: Started) => Promise<T>,
): Promise<T> {
  return withTempFolder(async (folder) => {
    const began = performance.now();
    const shares = inputs.shared ?? (await shareInto(join(folder, 'shares'), inputs, context));
    const shared = inputs.shared ? began : performance.now();
    const parties = await startParties(folder, shares, inputs, context, onProgress);
    try {
      const seconds = { startup: (performance.now() - shared) / 1000, share: (shared - began) / 1000 };
      return await work(parties, { seconds, manifest: shares.manifest });
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
    const manifest = await shareWeights({
      ...{ model, out: folder, reveal: 'logits' as const },
      ...{ kernels, signal, onProgress },
    });
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
  { program, kernels, network }: Inputs,
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
      network,
      onProgress,
      signal,
    });
  } finally {
    step.end();
  }
}

/** The bar of an answer: its layers, one after the other. */
function layerCounter({ progress }: RunContext, names: readonly string[], times: LayerTimes) {
  let done = 0;
  let step: ReturnType<Progress> | undefined;
  return {
    next(name: string) {
      times.reached(name);
      step?.to(++done, name);
    },
    async during<T>(title = 'Computing on shares', work: () => Promise<T>): Promise<T> {
      done = 0;
      step = progress(title, names.length);
      times.begin();
      return work().finally(() => {
        times.end();
        step?.end();
      });
    },
  };
}

type Ran = {
  answers: Answer[];
  seconds: { startup: number; share: number };
  client: Client;
  manifest: Manifest;
  layers: CostReport['layers'];
};

function summarise(inputs: Inputs, ran: Ran): CostReport {
  const { model, program, network } = inputs;
  const { answers, seconds, client, manifest, layers } = ran;
  const total = (of: (answer: Answer) => number) => answers.reduce((n, answer) => n + of(answer), 0);
  return {
    model: model.name,
    task: program.head.name,
    seconds: { ...seconds, inference: total((answer) => answer.seconds) },
    bytes: countBytes(answers),
    rounds: total((answer) => answer.rounds),
    kinds: countKinds(answers),
    layers,
    parties: client.parties.map(({ pid }, party) => ({ party, pid, peakRssBytes: peakRss(answers, party) })),
    ring: ringOf(inputs, manifest.ring),
    simd: client.parties[1]!.simd,
    ...(network ? { network } : {}),
  };
}

/** The rings of a run; those of shares are of a plan if their owner had one. */
export function ringOf(
  { model, shared }: Inputs,
  { bits, fractionBits } = shared?.manifest.ring ?? model.ring,
): RingReport {
  const plan = shared?.manifest.calibration === 'planned' ? { plan: 'the shares' } : {};
  return { bits, fractionBits, ...(shared ? plan : planOf(model.calibration)) };
}

function settingOf({ kernels, queries }: Inputs): Setting {
  const { engine, reason, threads } = kernels;
  const padded = queries[0]!.mask !== undefined;
  return { engine, threads, tokens: queries.map(({ ids }) => ids.length), padded, ...(reason ? { reason } : {}) };
}
