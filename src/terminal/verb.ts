import { Command, Option } from 'commander';
import { inWords, PumaError } from '../errors.ts';
import type { Bars } from './progress.ts';
import { inFlags } from './words.ts';

/** What the program gives to every command. */
export type World = {
  /** Aborted by Ctrl-C: whatever takes long listens to it. */
  signal: AbortSignal;
  /** Writes to standard output, for what comes bit by bit. */
  write(text: string): Promise<void>;
  /** Tells people on standard error, each thing once. */
  warn(warnings: readonly string[]): void;
};

/** What a command may use of the world. */
export type Context = World & {
  /** Shows how far the library is, on standard error. */
  bars: Bars;
};

/** A command as data: what its help says, and a function from options to what goes to standard output. */
export type Verb<O> = {
  name: string;
  summary: string;
  /** The word after the command's name; `run` finds it among the options. */
  argument?: { name: keyof O & string; description: string };
  /** In the order of the help. */
  options: readonly Option[];
  /** Lines that can be run as they are. */
  examples: readonly string[];
  /** Lines below the options. */
  notes?: readonly string[];
  run(options: O, context: Context): Promise<string>;
};

/** A mistake on the command line, and the command whose help says more. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly command: string,
  ) {
    super(message);
  }
}

/** The verb for commander; `done` gets what `run` gives. */
export function commandOf<O>(verb: Verb<O>, world: World, done: (text: string) => Promise<void>): Command {
  const command = new Command(verb.name).description(verb.summary);
  const { argument } = verb;
  if (argument) command.argument(`<${argument.name}>`, argument.description);
  for (const option of verb.options) command.addOption(option);
  if (verb.notes) command.addHelpText('after', ['', ...verb.notes].join('\n'));
  if (verb.examples.length > 0) {
    command.addHelpText('after', ['\nExamples:', ...verb.examples.map((line) => `  $ ${line}`)].join('\n'));
  }
  return command.action(async (first: O | string, options: O) => {
    const given = argument ? { ...options, [argument.name]: first } : (first as O);
    const bars = await barsFor(given as { json?: boolean });
    const text = await verb
      .run(given, { ...world, bars })
      .catch((error) => {
        throw usageOf(error, verb.name);
      })
      .finally(bars.end);
    return done(text);
  });
}

const SILENT: Bars = {
  onProgress: () => {},
  title: () => {},
  textBegins: () => {},
  textEnds: () => {},
  end: () => {},
};

/** Bars for people: none when standard error is no terminal or the answer is for a machine. */
const barsFor = async ({ json = false }: { json?: boolean }): Promise<Bars> =>
  json || !process.stderr.isTTY ? SILENT : (await import('./progress.ts')).progressBars();

/** What does not go together is a mistake on the command line. */
function usageOf(error: unknown, name: string): unknown {
  if (!(error instanceof PumaError) || error.code !== 'E_OPTION' || error.said.remedy !== undefined) return error;
  return new UsageError(inWords(error.said.message, inFlags), `puma ${name}`);
}

export const JSON_OPTION = new Option('--json', 'print one JSON object and nothing else');
