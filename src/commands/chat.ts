import { Option } from 'commander';
import { CHAT_TOKENS, type ChatOptions, checkChat } from '../library/chat/conversation.ts';
import { partiesOf } from '../library/parties.ts';
import { prepareRun } from '../library/run/run.ts';
import type { Verb } from '../terminal/verb.ts';
import { linesOf } from './chat/lines.ts';
import { HELP, talk } from './chat/talk.ts';
import { GENERATE_OPTIONS, type GenerateOptions, promptOf } from './generate-options.ts';
import { RUN_OPTIONS, type RunOptions, runOf } from './run-options.ts';

type Options = Omit<RunOptions, 'padTo'> & GenerateOptions & { system?: string };

/** Those that are of texts, and not of a conversation. */
const OF_TEXTS: ReadonlySet<string> = new Set([
  ...['--text', '--prompt', '--text-pair', '--file', '--input-ids', '--pad-to', '--json', '--max-new-tokens'],
]);
const [tokens] = GENERATE_OPTIONS;

/** `puma chat`: a conversation with a model that no party hears. */
export const chat: Verb<Options> = {
  name: 'chat',
  summary: 'talk with a model, unheard by any party',
  options: [
    ...RUN_OPTIONS.filter(({ long }) => !OF_TEXTS.has(long!)),
    new Option('--system <text>', "the system's message: what the model is told before you speak"),
    new Option(tokens!.flags, `tokens of an answer; ${CHAT_TOKENS} where there is room`).argParser(tokens!.parseArg!),
    ...GENERATE_OPTIONS.slice(1),
    new Option('--json', 'print a JSON object for each answer, one a line, and nothing else'),
  ],
  examples: [
    'puma chat --model SmolLM2-135M-Instruct --system "Answer in one sentence."',
    'puma chat --model FOLDER --shares shares < questions.txt',
  ],
  notes: ['A line is a message, or a command:', ...HELP.split('\n')],
  async run({ system, json = false, ...options }, context) {
    const run = await prepareRun(runOf(options, context));
    const { padTo: _, ...choice } = promptOf(options);
    const asked: ChatOptions = { ...choice, system };
    checkChat(run.reader, asked);
    context.warn(run.reader.warnings);
    const parties = await partiesOf(run);
    const lines = linesOf(process.stdin, process.stdout, context.signal);
    try {
      await talk({ chat: parties.chat(asked), lines, context, json });
      return '';
    } finally {
      lines.close();
      await parties.close();
    }
  },
};
