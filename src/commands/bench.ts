import { Option } from 'commander';
import type { BenchReport } from '../library/bench.ts';
import { BENCH_FIELDS, type BenchOptions, checkBench, bench as measure, REPEATS, readBench } from '../library/bench.ts';
import { againstSection } from '../report/bench-against.ts';
import { benchSections, describeMachine } from '../report/bench-tables.ts';
import { checkWritable, writeResult } from '../report/file.ts';
import { describeSections, markdownSections, type Section } from '../report/sections.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions, writeHtml } from '../terminal/html.ts';
import { numberFor } from '../terminal/parse.ts';
import { terminalStyle } from '../terminal/style.ts';
import { JSON_OPTION, type Verb } from '../terminal/verb.ts';
import { CALIBRATION_OPTION, NETWORK_OPTION } from './model-options.ts';

type Options = Omit<BenchOptions, 'signal' | 'onProgress' | 'onReport'> &
  HtmlOptions & { save?: string; against?: string; markdown?: string; json?: boolean };

const { tokens, newTokens, layers, elements, repeats, threads } = BENCH_FIELDS;

/** `puma bench`: how long things take on this machine, and what they send. */
export const bench: Verb<Options> = {
  name: 'bench',
  summary: 'measure inference, protocols and kernels on this machine',
  options: [
    new Option('--suite <name>', 'the models of the PUMA paper, each kernel, or each protocol by itself').choices([
      'paper',
      'kernels',
      'protocols',
    ]),
    new Option('--model <name|folder>', 'one model instead: synthetic:NAME for made-up weights'),
    new Option('--tokens <n>', 'with --model: length of the text').argParser(numberFor(tokens)),
    new Option('--new-tokens <n>', 'with --model: tokens to generate').argParser(numberFor(newTokens)),
    new Option('--layers <n>', 'run synthetic models with n layers at most, and extrapolate').argParser(
      numberFor(layers),
    ),
    new Option('--fit', 'extrapolate what disk or memory cannot hold, instead of skipping it'),
    new Option('--linear-ring <bits,input,weight>', 'ring and fractional bits of linear layers, such as 40,12,13'),
    CALIBRATION_OPTION,
    new Option('--simd <level>', 'with --suite kernels: this level alone'),
    new Option('--elements <n>', 'with --suite protocols: about so many; a million when left out').argParser(
      numberFor(elements),
    ),
    NETWORK_OPTION,
    new Option('--repeats <n>', 'runs of each case, after one to warm up')
      .argParser(numberFor(repeats))
      .default(REPEATS),
    new Option('--threads <n>', 'threads of the kernels, for each party').argParser(numberFor(threads)).default(1),
    new Option('--save <file>', 'write the results as JSON'),
    new Option('--against <file>', 'compare with results that were saved'),
    new Option('--markdown <file>', 'write the tables as Markdown'),
    JSON_OPTION,
    HTML_OPTION,
  ],
  examples: [
    'puma bench --suite paper --fit --save paper.json',
    'puma bench --model synthetic:gpt2 --tokens 32 --new-tokens 2 --layers 3',
    'puma bench --suite kernels --against kernels.json',
  ],
  async run({ save, against, markdown, json = false, html, ...options }, { signal, bars: { onProgress } }) {
    checkBench(options);
    await checkHtml({ html });
    const saved = against === undefined ? undefined : await readBench(against);
    for (const file of [save, markdown]) if (file !== undefined) await checkWritable(file);
    const onReport = async (report: BenchReport) => {
      if (save !== undefined) await writeResult(save, `${JSON.stringify(report)}\n`);
    };
    const report = await measure({ ...options, signal, onProgress, onReport });
    const sections = [...benchSections(report), ...(saved ? [againstSection(report, saved, against!)] : [])];
    if (markdown !== undefined) await writeResult(markdown, markdownOf(report, sections));
    await writeHtml({ html }, 'bench', (pages, about) => pages.benchPage(report, about));
    if (json) return JSON.stringify(report);
    return [describeMachine(report), '', describeSections(sections, terminalStyle())].join('\n');
  },
};

const markdownOf = (report: BenchReport, sections: readonly Section[]): string =>
  markdownSections('Measurements', [
    { title: 'Machine', columns: [], rows: [], notes: [describeMachine(report)] },
    ...sections,
  ]);
