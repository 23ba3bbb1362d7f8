import { describeRun } from '../report/run.ts';
import { describeOutput } from '../service/answers.ts';
import { RUN_OPTIONS, type RunOptions, readInputs } from './inputs.ts';
import { progressBars } from './progress.ts';
import { runParties } from './run.ts';
import { terminalStyle } from './style.ts';
import type { Verb } from './verb.ts';

/** `puma infer`: answers texts by three parties on this machine, none of which sees a text or a weight. */
export const infer: Verb<RunOptions> = {
  name: 'infer',
  summary: 'classify texts that no party sees',
  options: RUN_OPTIONS,
  examples: [
    'puma infer --model bert-tiny-sst2 --text "a warm , funny and quietly moving film ."',
    'puma infer --model bert-tiny-sst2 --shares shares --file reviews.txt --pad-to 64 --json',
  ],
  async run(options, { signal }) {
    const inputs = await readInputs(options, signal);
    const run = await runParties(inputs, { signal, progress: progressBars(options), layers: false });
    const results = inputs.texts.map(({ text, pair }, i) => ({
      text,
      ...(pair === undefined ? {} : { textPair: pair }),
      ...describeOutput(inputs.program, run.answers[i]!.output),
    }));
    const { model, task, ...cost } = run.report;
    const report = { model, task, results, ...cost };
    return options.json ? JSON.stringify(report) : describeRun(report, run.setting, terminalStyle());
  },
};
