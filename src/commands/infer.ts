import { answerTexts } from './answer.ts';
import { continueTexts, GENERATE_OPTIONS, type GenerateOptions } from './generate.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions } from './html.ts';
import { RUN_OPTIONS, type RunOptions, readInputs } from './inputs.ts';
import type { Verb } from './verb.ts';

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
    const inputs = await readInputs(options, context.signal);
    return inputs.program.head.continues
      ? continueTexts(inputs, options, context)
      : answerTexts(inputs, options, context);
  },
};
