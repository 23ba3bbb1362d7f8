import { Command, InvalidArgumentError, Option } from 'commander';

/** What a command may use of the world. */
export type Context = {
  /** Aborted by Ctrl-C: whatever takes long listens to it. */
  signal: AbortSignal;
  /** Writes to standard output, for what comes bit by bit. */
  write(text: string): Promise<void>;
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
export function commandOf<O>(verb: Verb<O>, context: Context, done: (text: string) => Promise<void>): Command {
  const command = new Command(verb.name).description(verb.summary);
  const { argument } = verb;
  if (argument) command.argument(`<${argument.name}>`, argument.description);
  for (const option of verb.options) command.addOption(option);
  if (verb.examples.length > 0) {
    command.addHelpText('after', ['\nExamples:', ...verb.examples.map((line) => `  $ ${line}`)].join('\n'));
  }
  return command.action(async (first: O | string, options: O) => {
    const given = argument ? { ...options, [argument.name]: first } : (first as O);
    return done(await verb.run(given, context));
  });
}

/** For an option's argument: a whole number from 1 on. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

/** For an option's argument: a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** For an option that may be given several times. */
export const each = (value: string, before: string[] = []): string[] => [...before, value];

export const JSON_OPTION = new Option('--json', 'print one JSON object and nothing else');
