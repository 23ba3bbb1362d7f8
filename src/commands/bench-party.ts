import { Option } from 'commander';
import { type ProtocolPartyOptions, serveProtocols } from '../bench/protocol-party.ts';
import { loadKernels } from '../kernels/index.ts';
import { localAddresses } from '../transport/address.ts';
import { openMesh } from '../transport/mesh.ts';
import { NETWORK_OPTION, type NetworkOptions } from './network.ts';
import { crash, describe, giveUp, orphaned, parseRole, tell } from './party.ts';
import { type Verb, wholeNumber } from './verb.ts';

type Options = NetworkOptions & { role: 0 | 1 | 2; sockets: string; run: string; threads: number };

/** A party without shares, which runs one protocol at a time: started by `puma bench`, and ends with it. */
export const benchParty: Verb<Options> = {
  name: 'bench-party',
  summary: 'be one of the three parties that run single protocols (started by puma bench)',
  options: [
    new Option('--role <0|1|2>', '0 deals, 1 and 2 evaluate').argParser(parseRole).makeOptionMandatory(),
    new Option('--sockets <folder>', 'where the parties of this run find each other').makeOptionMandatory(),
    new Option('--run <id>', "the run's id").makeOptionMandatory(),
    new Option('--threads <n>', 'threads of the kernels').argParser(wholeNumber).default(1),
    NETWORK_OPTION,
  ],
  examples: [],
  async run(options) {
    process.on('SIGINT', () => {}); // whoever started us decides
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, crash);
    for (const event of ['end', 'error'] as const) process.stdin.on(event, () => orphaned(options));
    process.stdin.resume();
    try {
      await serve(options);
      return '';
    } catch (error) {
      tell({ error: describe(error) });
      throw error;
    }
  },
};

async function serve({ role, sockets, run: runId, threads, network }: Options): Promise<void> {
  const kernels = loadKernels({ threads });
  const link = network ? { network } : {};
  const mesh = await openMesh({ me: role, runId, addresses: await localAddresses(sockets), link });
  const links = ([0, 1, 2] as const).map((i) => mesh.links.get(i));
  const { buffers } = mesh;
  const options: ProtocolPartyOptions = { role, runId, kernels, links, buffers, client: mesh.links.get('client')! };
  try {
    await serveProtocols(options);
    await mesh.close();
  } catch (error) {
    await giveUp(mesh, error as Error);
    throw error;
  }
}
