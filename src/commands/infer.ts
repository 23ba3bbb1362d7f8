import { Option } from 'commander';
import { readMessages } from '../library/chat/messages.ts';
import type { Words } from '../library/run/query.ts';
import { prepareRun } from '../library/run/run.ts';
import { checkApply } from '../library/run/task.ts';
import { checkHtml, HTML_OPTION, type HtmlOptions } from '../terminal/html.ts';
import { UsageError, type Verb } from '../terminal/verb.ts';
import { answerTexts } from './answer.ts';
import { continueTexts } from './continue.ts';
import { GENERATE_OPTIONS, type GenerateOptions, promptOf } from './generate-options.ts';
import { RUN_OPTIONS, type RunOptions, runOf } from './run-options.ts';
import { type Asked, readTexts } from './texts.ts';

const CHAT_OPTION = new Option('--chat <messages.json>', 'answer a conversation, as the chat template writes it');

/** A conversation takes the place of texts. */
async function readChat({ text, prompt, textPair, file, inputIds }: RunOptions, path: string): Promise<Asked[]> {
  if (text || prompt || textPair || file !== undefined || inputIds) {
    const others = '--text, --prompt, --text-pair, --file and --input-ids';
    throw new UsageError(`--chat takes the place of ${others}`, 'puma infer');
  }
  return [{ messages: await readMessages(path), where: path }];
}

/** `puma infer`: answers texts by three parties on this machine, none of which sees a text or a weight. */
export const infer: Verb<RunOptions & GenerateOptions & HtmlOptions & { chat?: string }> = {
  name: 'infer',
  summary: 'classify or continue texts that no party sees',
  options: [...RUN_OPTIONS.slice(0, -2), CHAT_OPTION, ...GENERATE_OPTIONS, ...RUN_OPTIONS.slice(-2), HTML_OPTION],
  examples: [
    'puma infer --model bert-tiny-sst2 --text "a warm , funny and quietly moving film ."',
    'puma infer --model bert-tiny-sst2 --shares shares --file reviews.txt --pad-to 64 --json',
    'puma infer --model llama-tiny-shakespeare --prompt "ROMEO:" --max-new-tokens 40',
    'puma infer --model SmolLM2-135M-Instruct --chat messages.json',
  ],
  async run(options, context) {
    await checkHtml(options);
    const texts = options.chat === undefined ? await readTexts(options) : await readChat(options, options.chat);
    const run = await prepareRun(runOf(options, context));
    const { prompt, textPair, chat } = options;
    const { padTo: _, ...generating } = promptOf(options);
    checkApply(run.reader, { generating: { ...generating, prompt, chat }, others: { textPair } });
    return run.reader.program.head.continues
      ? continueTexts(run, texts, options, context)
      : answerTexts(run, texts as Words[], options, context);
  },
};
