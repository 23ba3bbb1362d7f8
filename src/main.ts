import { Command, CommanderError } from 'commander';
import { inferCommand } from './commands/infer.ts';
import { partyCommand } from './commands/party.ts';
import { shareWeightsCommand } from './commands/share-weights.ts';
import { PumaError } from './errors.ts';

/** Builds the program; nothing runs until main(). */
export function program(): Command {
  return new Command('puma')
    .description('Run transformers on prompts and weights that nobody may see.')
    .addCommand(shareWeightsCommand())
    .addCommand(inferCommand())
    .addCommand(partyCommand(), { hidden: true })
    .exitOverride();
}

/** Runs one command line; the only place that decides about exit codes. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof PumaError) {
      process.stderr.write(`puma: ${error.message} (${error.code})\n${error.hint ? `  ${error.hint}\n` : ''}`);
      return error.exitCode;
    }
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}
