import { Command, CommanderError } from 'commander';
import { COMMANDS, type Listed } from './commands/index.ts';
import { PumaError } from './errors.ts';
import { version } from './library/machine.ts';
import { commandOf, UsageError, type World } from './terminal/verb.ts';
import { complaintOf } from './terminal/words.ts';

/** Runs one command line, and ends the process with 0: done, 2: the caller's mistake, 3: answers differ, 1: anything else. */
export async function main(argv: readonly string[]): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // seen where it is written
  const code = await run(argv, new AbortController());
  for (const stream of [process.stdout, process.stderr]) await new Promise<unknown>((done) => stream.write('', done));
  process.exit(code);
}

async function run(argv: readonly string[], stop: AbortController): Promise<number> {
  const called = COMMANDS.filter(({ name }) => argv.slice(0, 2).includes(name));
  if (!called.some(({ internal }) => internal)) interruptible(stop);
  try {
    const program = await programFor(called, stop.signal);
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    return explain(stop.signal.aborted ? stop.signal.reason : error);
  }
}

/** Ctrl-C and the like end whatever runs; it cleans up by itself. */
function interruptible(stop: AbortController): void {
  const interrupt = () => stop.abort(new PumaError('E_INTERRUPTED', 'interrupted', undefined, 1));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
}

/** All commands by name and summary, and those that the command line names with their options. */
async function programFor(called: readonly Listed[], signal: AbortSignal): Promise<Command> {
  const program = strict(new Command('puma'), 'puma')
    .description('Run transformers on prompts and weights that nobody may see.')
    .version(version(), '-V, --version', 'print the version')
    .addHelpText('after', '\nExample:\n  $ puma infer --model bert-tiny-sst2 --text "a quietly moving film"');
  for (const listed of COMMANDS) {
    const { name, summary, internal = false } = listed;
    const command = called.includes(listed)
      ? commandOf(await listed.load(), worldOf(signal), (text) => write(text === '' ? '' : `${text}\n`, signal))
      : new Command(name).description(summary);
    program.addCommand(strict(command, `puma ${name}`), { hidden: internal });
  }
  return program;
}

/** Makes a command throw its complaints instead of printing them and leaving. */
function strict(command: Command, name: string): Command {
  return command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
    if (error.exitCode === 0 || error.code === 'commander.help') throw error;
    throw new UsageError(error.message, name);
  });
}

function worldOf(signal: AbortSignal): World {
  const told = new Set<string>();
  const warn = (warnings: readonly string[]) => {
    for (const warning of warnings) if (!told.has(warning)) process.stderr.write(`puma: ${warning}\n`);
    for (const warning of warnings) told.add(warning);
  };
  return { signal, write: (text) => write(text, signal), warn };
}

/** To standard output. */
async function write(text: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (text === '') return;
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(unwritten(error)) : resolve()));
  });
}

/** Whoever reads us may stop reading: that is no failure to talk about. */
function unwritten(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE') return error;
  return new PumaError('E_WRITE', `cannot write to standard output: ${error.message}`, undefined, 1);
}

/** Says on standard error what went wrong. -> the exit code */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // help was asked for, or shown instead
  if (error instanceof UsageError) {
    const message = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    return complain(new PumaError('E_USAGE', message, `try ${error.command} --help`));
  }
  if (error instanceof PumaError) return complain(error);
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return 1;
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`puma: something unexpected happened, please report it (E_INTERNAL)\n  ${stack}\n`);
  return 1;
}

function complain(error: PumaError): number {
  process.stderr.write(complaintOf(error));
  return error.exitCode;
}
