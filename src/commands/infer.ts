import { prepareRun } from '../library/run/run.ts';
import { checkApply } from '../library/run/task.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions } from '../terminal/html.ts';
import type { Verb } from '../terminal/verb.ts';
import { answerTexts } from './answer.ts';
import { continueTexts } from './continue.ts';
import { GENERATE_OPTIONS, type GenerateOptions, promptOf } from './generate-options.ts';
import { RUN_OPTIONS, type RunOptions, runOf } from './run-options.ts';
import { readTexts } from './texts.ts';

/** `puma infer`: answers texts by three parties on this machine, none of which sees a text or a weight. */
export const infer: Verb<RunOptions & GenerateOptions & HtmlOptions> = {
  name: 'infer',
  summary: 'classify or continue texts that no party sees',
  options: [...RUN_OPTIONS.slice(0, -2), ...GENERATE_OPTIONS, ...RUN_OPTIONS.slice(-2), HTML_OPTION],
  examples: [
    'puma infer --model bert-tiny-sst2 --text "a warm , funny and quietly moving film ."',
    'puma infer --model bert-tiny-sst2 --shares shares --file reviews.txt --pad-to 64 --json',
    'puma infer --model llama-tiny-shakespeare --prompt "ROMEO:" --max-new-tokens 40',
  ],
  async run(options, context) {
    await checkHtml(options);
    const texts = await readTexts(options);
    const run = await prepareRun(runOf(options, context));
    const { prompt, textPair } = options;
    const { padTo: _, ...generating } = promptOf(options);
    checkApply(run.reader, { generating: { ...generating, prompt }, others: { textPair } });
    const answer = run.reader.program.head.continues ? continueTexts : answerTexts;
    return answer(run, texts, options, context);
  },
};
