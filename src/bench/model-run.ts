/** Cases of one model, measured: weights shared once into a folder that is gone afterwards, three fresh parties for every case. */
import { join } from 'node:path';
import { withTempFolder } from '../files/temp.ts';
import type { Kernels } from '../kernels/index.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import type { Model } from '../models/model.ts';
import { tapNames } from '../plaintext/taps.ts';
import { peakRss } from '../runtime/answers.ts';
import type { Infer } from '../runtime/generate.ts';
import { LocalParties } from '../runtime/launch.ts';
import type { Manifest } from '../shares/index.ts';
import { shareWeights } from '../shares/share-model.ts';
import type { Network } from '../transport/shaped.ts';
import type { Case } from './cases.ts';
import { type Inference, inferOnce } from './inference.ts';
import { type Measured, measured, middle, type Watch } from './measure.ts';

/** What a case took. All but the spread is of the median run; a warm-up before the runs is not counted. */
export type Ran = {
  runs: number;
  seconds: Measured & {
    /** Sharing the weights and starting the parties happen once, the rest in every run. `prompt` and `further` make up `inference`. */
    byPhase: Phases;
    byKind: Record<string, number>;
  };
  bytes: Inference['bytes'];
  rounds: number;
  parties: { party: number; peakRssBytes: number }[];
};

export type Phases = { share: number; startup: number; inference: number; prompt?: number; further?: number };

export type RunOptions = Watch & { kernels: Kernels; repeats: number; network?: Network | undefined };

/** Runs the cases of a model one after the other. */
export async function runCases(
  model: ResolvedModel,
  program: Model,
  cases: readonly Case[],
  options: RunOptions,
): Promise<Ran[]> {
  return withTempFolder(async (folder) => {
    const began = performance.now();
    const manifest = await share(model, join(folder, 'shares'), options);
    const seconds = (performance.now() - began) / 1000;
    const out: Ran[] = [];
    for (const asked of cases) {
      const ran = await runCase({ folder, manifest, program, name: model.name }, asked, options);
      ran.seconds.byPhase.share = seconds;
      out.push(ran);
    }
    return out;
  });
}

async function share(model: ResolvedModel, out: string, { kernels, signal, progress }: RunOptions): Promise<Manifest> {
  const step = progress(`${model.name}: weights`, 1);
  try {
    const onProgress = (at: { bytes: number; totalBytes: number }) => step.to(at.bytes / at.totalBytes);
    return await shareWeights({ model, out, kernels, signal, onProgress });
  } finally {
    step.end();
  }
}

type SharedModel = { folder: string; manifest: Manifest; program: Model; name: string };

async function runCase(shared: SharedModel, asked: Case, options: RunOptions): Promise<Ran> {
  const { folder, manifest, program, name } = shared;
  const { kernels, signal, progress, repeats, network } = options;
  const values = (await tapNames(program)).length * Math.max(1, asked.newTokens);
  let tick: (name: string) => void = () => {};
  const began = performance.now();
  const parties = await LocalParties.start({
    ...{
      folder,
      kernels,
      signal,
      network,
      model: program,
      tableBits: manifest.ring.table.bits,
      threads: kernels.threads,
    },
    shares: join(folder, 'shares'),
    onProgress: (value) => tick(value),
  });
  try {
    const startup = (performance.now() - began) / 1000;
    const infer: Infer = (query) => parties.infer(query);
    const runs: Inference[] = [];
    for (let i = 0; i <= repeats; i++) {
      const step = progress(`${name}: ${i === 0 ? 'warm-up' : `run ${i} of ${repeats}`}`, values);
      let done = 0;
      tick = (value) => step.to(++done, value);
      runs.push(await inferOnce(infer, program, asked).finally(() => step.end()));
    }
    return summarise(runs, startup);
  } finally {
    await parties.stop();
  }
}

/** The first run is the warm-up. */
function summarise([warm, ...runs]: readonly Inference[], startup: number): Ran {
  const all = runs.map(({ seconds }) => seconds);
  const { seconds, prompt, further, secondsByKind, bytes, rounds } = runs[middle(all)]!;
  const phases = { share: 0, startup, inference: seconds };
  const answers = [warm!, ...runs].flatMap((run) => run.answers);
  const generates = runs[0]!.answers.length > 1;
  return {
    runs: runs.length,
    seconds: {
      ...measured(all),
      byPhase: generates ? { ...phases, prompt, further } : phases,
      byKind: secondsByKind,
    },
    bytes,
    rounds,
    parties: [0, 1, 2].map((party) => ({ party, peakRssBytes: peakRss(answers, party) })),
  };
}
