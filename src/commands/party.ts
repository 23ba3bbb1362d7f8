import { InvalidArgumentError, Option } from 'commander';
import { whole } from '../library/fields.ts';
import { type PartyOptions, runParty } from '../library/party.ts';
import { numberFor } from '../terminal/parse.ts';
import type { Verb } from '../terminal/verb.ts';
import { NETWORK_OPTION } from './model-options.ts';

/** One party of a run on this machine: started by the other commands, not by people. It ends with whoever started it. */
export const party: Verb<PartyOptions> = {
  name: 'party',
  summary: 'be one of the three parties (started by the other commands)',
  options: [
    new Option('--role <0|1|2>', '0 deals, 1 and 2 evaluate').argParser(parseRole).makeOptionMandatory(),
    new Option('--shares <folder>', "this party's share folder; without one, it runs single protocols"),
    new Option('--sockets <folder>', 'where the parties of this run find each other').makeOptionMandatory(),
    new Option('--run <id>', "the run's id").makeOptionMandatory(),
    new Option('--threads <n>', 'threads of the kernels').argParser(numberFor(whole())).default(1),
    new Option('--reveal-layers', 'let the client see every layer').default(false),
    NETWORK_OPTION,
  ],
  examples: [],
  async run(options) {
    await runParty(options);
    return '';
  },
};

function parseRole(text: string): number {
  if (!/^[012]$/.test(text)) throw new InvalidArgumentError('It must be 0, 1 or 2.');
  return Number(text);
}
