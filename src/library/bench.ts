import { caseFor, PAPER } from '../bench/cases.ts';
import { benchKernels } from '../bench/kernels.ts';
import { thisMachine } from '../bench/machine.ts';
import { benchModel, type Open, openProgram } from '../bench/models.ts';
import { benchProtocols } from '../bench/protocol-runs.ts';
import { BenchReport } from '../bench/report.ts';
import { call, option, PumaError, words } from '../errors.ts';
import { firstIssue, readJson } from '../files/json.ts';
import { type Kernels, loadKernels, nativeProblem, simdLevels } from '../kernels/index.ts';
import { readNetwork } from '../transport/shaped.ts';
import { callback, checkOptions, choice, type Fields, flag, network, signal, text, whole } from './fields.ts';
import { stepOf } from './progress.ts';
import { findModel, MODEL_FIELDS, type ModelChoice } from './run/model.ts';
import type { RunOptions } from './run/options.ts';

export { BenchReport, thisMachine };

export type BenchOptions = Pick<RunOptions, 'network' | 'signal' | 'onProgress'> &
  Partial<Pick<ModelChoice, 'linearRing' | 'calibration'>> & {
    /** The models of the PUMA paper, each kernel, or each protocol by itself. */
    suite?: 'paper' | 'kernels' | 'protocols' | undefined;
    /** One model instead: synthetic:NAME for made-up weights. */
    model?: string | undefined;
    /** Of a model: the length of the text, and how many tokens follow. */
    tokens?: number | undefined;
    newTokens?: number | undefined;
    /** Run synthetic models with so many layers at most, and extrapolate. */
    layers?: number | undefined;
    /** Extrapolate what disk or memory cannot hold, instead of skipping it. */
    fit?: boolean | undefined;
    /** Of kernels: this level alone. */
    simd?: string | undefined;
    /** Of protocols: about so many; a million when left out. */
    elements?: number | undefined;
    /** Runs of each case, after one to warm up; 3 when left out. */
    repeats?: number | undefined;
    /** Of the kernels, for each party; 1 when left out. */
    threads?: number | undefined;
    /** Hears of the report whenever there is more in it. */
    onReport?: ((report: BenchReport) => Promise<void> | void) | undefined;
  };

export const REPEATS = 3;

export const BENCH_FIELDS: Fields<BenchOptions> = {
  ...{ suite: choice('paper', 'kernels', 'protocols'), model: text, tokens: whole(), newTokens: whole() },
  ...{ layers: whole(), fit: flag, simd: text, elements: whole(), repeats: whole(), threads: whole() },
  ...{ linearRing: MODEL_FIELDS.linearRing, calibration: text, network, signal },
  ...{ onProgress: callback, onReport: callback },
};

/** What is measured: one model, or a suite. */
const GOES_WITH: Partial<Record<keyof BenchOptions, readonly string[]>> = {
  tokens: ['model'],
  newTokens: ['model'],
  layers: ['model', 'paper'],
  fit: ['model', 'paper'],
  linearRing: ['model', 'paper'],
  calibration: ['model'],
  network: ['model', 'paper', 'protocols'],
  simd: ['kernels'],
  elements: ['protocols'],
};

/**
 * How long things take on this machine, and what they send: a model, the models of the PUMA paper, single protocols, or single kernels.
 *
 *     const { cases } = await bench({ model: 'synthetic:gpt2', tokens: 32, newTokens: 2, layers: 3 });
 *
 * @throws PumaError E_OPTION, E_SIMD, E_NATIVE, and what infer() throws; the signal's reason
 */
export async function bench(options: BenchOptions): Promise<BenchReport> {
  checkBench(options);
  const { threads = 1, network: named, onReport } = options;
  const kernels = loadKernels({ threads });
  const network = named === undefined ? undefined : readNetwork(named)!;
  const report: BenchReport = {
    ...{ machine: thisMachine(), simd: kernels.simd, threads: kernels.threads },
    ...(network ? { network } : {}),
    ...{ cases: [], kernels: [], protocols: [] },
  };
  await measureInto(report, options, kernels, async () => onReport?.(report));
  await onReport?.(report);
  return report;
}

/** Throws E_OPTION for what makes no sense together. */
export function checkBench(options: BenchOptions): void {
  checkOptions(BENCH_FIELDS, options);
  const { suite, model } = options;
  if ((suite === undefined) === (model === undefined)) {
    const message = words`give ${option('suite')} paper, kernels or protocols, or ${option('model')} NAME`;
    throw new PumaError(
      'E_OPTION',
      suite === undefined ? message : words`give ${option('suite')} or ${option('model')}, not both`,
    );
  }
  for (const [name, kinds] of Object.entries(GOES_WITH)) {
    if (options[name as keyof BenchOptions] === undefined || kinds.includes(suite ?? 'model')) continue;
    const others = kinds.map((kind) => (kind === 'model' ? option('model') : option('suite', kind)));
    const message = others.flatMap((other, i) => [i === 0 ? ' goes with ' : ' or ', other]);
    throw new PumaError('E_OPTION', [option(name), ...message]);
  }
}

/** Fills the report; `keep` is called when there is more in it. */
async function measureInto(
  report: BenchReport,
  options: BenchOptions,
  kernels: Kernels,
  keep: () => Promise<void>,
): Promise<void> {
  const { suite, repeats = REPEATS, threads = 1, layers, fit, elements = 1_000_000, onProgress } = options;
  const { signal = new AbortController().signal } = options;
  const progress = (title: string, total: number) => stepOf(onProgress, 'bench', total, title);
  const watch = { signal, progress, repeats };
  const { network } = report;
  if (suite === 'kernels') {
    report.kernels = await benchKernels({ ...watch, threads, levels: levelsOf(options) });
  } else if (suite === 'protocols') {
    report.protocols = (await benchProtocols({ ...watch, threads, elements, network })).map(({ others, ...rest }) => ({
      ...rest,
      others: [...others],
    }));
  } else {
    for (const { open, cases } of await modelsOf(options)) {
      report.cases.push(...(await benchModel(open, cases, { ...watch, kernels, layers, fit, network })));
      await keep();
    }
  }
}

/** The models that are asked for, and their cases; whatever is wrong with them is found before anything is run. */
async function modelsOf(options: BenchOptions) {
  const { model, tokens, newTokens } = options;
  if (model === undefined) return PAPER.map(({ model: name, cases }) => ({ open: openerOf(name, options), cases }));
  const open = openerOf(model, options);
  const { program } = await openProgram(open);
  return [{ open, cases: [caseFor(model, program, { tokens, newTokens })] }];
}

/** Finds the model, with its plan: once for each number of layers. Rings that do not hold the plan's values are measured all the same. */
function openerOf(model: string, { linearRing, calibration, signal, onProgress }: BenchOptions): Open {
  const found = new Map<number | undefined, ReturnType<Open>>();
  return (layers) => {
    const choice = { model, linearRing, calibration, layers, unsafeRanges: true };
    const opened = found.get(layers) ?? findModel(choice, { signal, onProgress });
    found.set(layers, opened);
    return opened;
  };
}

function levelsOf({ simd }: BenchOptions): string[] {
  const levels = simdLevels();
  if (levels.length === 0) {
    const message = `there are no kernels to measure: the native engine does not load: ${nativeProblem()}`;
    throw new PumaError('E_NATIVE', message, 'Run npm run setup.', 1);
  }
  if (simd === undefined) return levels;
  if (levels.includes(simd)) return [simd];
  throw new PumaError('E_SIMD', `no SIMD level "${simd}" on this CPU`, `Levels here: ${levels.join(', ')}.`);
}

/** A report that was saved as JSON. Throws E_BENCH for any other file. */
export async function readBench(path: string): Promise<BenchReport> {
  const hint = words`Give a file that ${call('bench', { save: 'FILE' })} has written.`;
  const parsed = BenchReport.safeParse(await readJson(path, 'E_BENCH', hint));
  if (parsed.success) return parsed.data;
  throw new PumaError(
    'E_BENCH',
    words`${path} holds no results of ${call('bench')}: ${firstIssue(parsed.error)}`,
    hint,
  );
}
