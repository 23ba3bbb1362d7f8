import { caseFor, PAPER } from '../bench/cases.ts';
import { benchKernels } from '../bench/kernels.ts';
import { thisMachine } from '../bench/machine.ts';
import { benchModel, type Open, openProgram } from '../bench/models.ts';
import { benchProtocols } from '../bench/protocol-runs.ts';
import { PumaError } from '../errors.ts';
import { type Kernels, loadKernels, nativeProblem, simdLevels } from '../kernels/index.ts';
import type { BenchReport } from '../report/bench.ts';
import { againstSection } from '../report/bench-against.ts';
import { benchSections, describeMachine } from '../report/bench-tables.ts';
import { describeSections, markdownSections, type Section } from '../report/sections.ts';
import { checkWritable, readSaved, writeResult } from './bench-files.ts';
import { BENCH_OPTIONS, type BenchOptions, checkBenchOptions } from './bench-options.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions, writeHtml } from './html.ts';
import { readPlanned } from './planned.ts';
import { progressBars } from './progress.ts';
import { terminalStyle } from './style.ts';
import type { Context, Verb } from './verb.ts';

/** `puma bench`: how long things take on this machine, and what they send. */
export const bench: Verb<BenchOptions & HtmlOptions> = {
  name: 'bench',
  summary: 'measure inference, protocols and kernels on this machine',
  options: [...BENCH_OPTIONS, HTML_OPTION],
  examples: [
    'puma bench --suite paper --fit --save paper.json',
    'puma bench --model synthetic:gpt2 --tokens 32 --new-tokens 2 --layers 3',
    'puma bench --suite kernels --against kernels.json',
  ],
  async run(options, context) {
    checkBenchOptions(options);
    await checkHtml(options);
    const kernels = loadKernels({ threads: options.threads });
    const saved = options.against === undefined ? undefined : await readSaved(options.against);
    for (const file of [options.save, options.markdown]) if (file !== undefined) await checkWritable(file);
    const report: BenchReport = {
      ...{ machine: thisMachine(), simd: kernels.simd, threads: kernels.threads },
      ...(options.network ? { network: options.network } : {}),
      ...{ cases: [], kernels: [], protocols: [] },
    };
    const keep = async () => {
      if (options.save !== undefined) await writeResult(options.save, `${JSON.stringify(report)}\n`);
    };
    await measureInto(report, options, kernels, context, keep);
    await keep();
    const sections = [...benchSections(report), ...(saved ? [againstSection(report, saved, options.against!)] : [])];
    if (options.markdown !== undefined) await writeResult(options.markdown, markdown(report, sections));
    await writeHtml(options, 'bench', (pages, about) => pages.benchPage(report, about));
    if (options.json) return JSON.stringify(report);
    return [describeMachine(report), '', describeSections(sections, terminalStyle())].join('\n');
  },
};

const markdown = (report: BenchReport, sections: readonly Section[]): string =>
  markdownSections('Measurements', [
    { title: 'Machine', columns: [], rows: [], notes: [describeMachine(report)] },
    ...sections,
  ]);

/** Fills the report; `keep` is called when there is more in it. */
async function measureInto(
  report: BenchReport,
  options: BenchOptions,
  kernels: Kernels,
  { signal }: Context,
  keep: () => Promise<void>,
): Promise<void> {
  const { suite, repeats, threads, layers, fit, network, elements = 1_000_000 } = options;
  const watch = { signal, progress: progressBars(options), repeats };
  if (suite === 'kernels') {
    report.kernels = await benchKernels({ ...watch, threads, levels: levelsOf(options) });
  } else if (suite === 'protocols') {
    report.protocols = (await benchProtocols({ ...watch, threads, elements, network })).map(({ others, ...rest }) => ({
      ...rest,
      others: [...others],
    }));
  } else {
    for (const { open, cases } of await modelsOf(options, signal)) {
      report.cases.push(...(await benchModel(open, cases, { ...watch, kernels, layers, fit, network })));
      await keep();
    }
  }
}

/** The models that are asked for, and their cases; whatever is wrong with them is found before anything is run. */
async function modelsOf(options: BenchOptions, signal: AbortSignal) {
  const { model, tokens, newTokens } = options;
  const opener = (name: string) => openerOf(name, options, signal);
  if (model === undefined) return PAPER.map(({ model: name, cases }) => ({ open: opener(name), cases }));
  const open = opener(model);
  const { program } = await openProgram(open);
  return [{ open, cases: [caseFor(model, program, { tokens, newTokens })] }];
}

/** Finds the model, with its plan: once for each number of layers. Rings that do not hold the plan's values are measured all the same. */
function openerOf(model: string, { linearRing, calibration, json }: BenchOptions, signal: AbortSignal): Open {
  const found = new Map<number | undefined, ReturnType<Open>>();
  const given = {
    ...(linearRing === undefined ? {} : { linearRing }),
    ...(calibration === undefined ? {} : { calibration }),
    ...(json === undefined ? {} : { json }),
  };
  return (layers) => {
    const asked = { model, ...given, ...(layers ? { layers } : {}), unsafeRanges: true };
    const opened = found.get(layers) ?? readPlanned(asked, signal);
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
