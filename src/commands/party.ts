import { Command, InvalidArgumentError } from 'commander';
import { PumaError } from '../errors.ts';
import { loadKernels } from '../kernels/index.ts';
import { openShares } from '../loaders/shares.ts';
import { modelFor } from '../models/index.ts';
import type { PartyEvent } from '../service/launch.ts';
import { serveParty } from '../service/party.ts';
import { localAddresses } from '../transport/address.ts';
import { openMesh } from '../transport/mesh.ts';

type Options = {
  role: 0 | 1 | 2;
  shares: string;
  sockets: string;
  run: string;
  threads: number;
  revealLayers: boolean;
};

/** `puma party`: one party of a run on this machine. Started by the other commands, not by people. */
export function partyCommand(): Command {
  return new Command('party')
    .description('run one of the three parties (started by the other commands)')
    .requiredOption('--role <0|1|2>', '0 deals, 1 and 2 evaluate', parseRole)
    .requiredOption('--shares <folder>', "this party's share folder")
    .requiredOption('--sockets <folder>', 'where the parties of this run find each other')
    .requiredOption('--run <id>', "the run's id")
    .option('--threads <n>', 'threads for the kernels', Number, 1)
    .option('--reveal-layers', 'let the client see every layer', false)
    .action(runParty);
}

function parseRole(text: string): number {
  if (!/^[012]$/.test(text)) throw new InvalidArgumentError('0, 1 or 2');
  return Number(text);
}

async function runParty(options: Options): Promise<void> {
  process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group: whoever started us decides
  process.stdin.on('end', () => process.exit(1)).resume();
  try {
    await serve(options);
  } catch (error) {
    tell({ error: describe(error) });
    process.exitCode = 1;
  } finally {
    process.stdin.unref?.();
    process.stdin.destroy();
  }
}

async function serve({ role, shares: folder, sockets, run, threads, revealLayers }: Options): Promise<void> {
  const kernels = loadKernels({ threads });
  const shares = role === 0 ? await openShares(folder, 0) : await openShares(folder, role, kernels);
  try {
    const model = modelFor(shares.manifest.model.config);
    const mesh = await openMesh({ me: role, runId: run, addresses: await localAddresses(sockets) });
    const links = ([0, 1, 2] as const).map((i) => mesh.links.get(i));
    const client = mesh.links.get('client')!;
    try {
      const onProgress = (name: string) => tell({ progress: name });
      await serveParty({ kernels, model, shares, runId: run, links, client, allowLayers: revealLayers, onProgress });
      await mesh.close();
    } catch (error) {
      for (const link of mesh.links.values()) link.destroy(error as Error);
      throw error;
    }
  } finally {
    await shares.close();
  }
}

function tell(event: PartyEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function describe(error: unknown): { code: string; message: string; hint?: string; exitCode: 1 | 2 } {
  if (error instanceof PumaError) {
    const { code, message, hint, exitCode } = error;
    return { code, message, exitCode, ...(hint === undefined ? {} : { hint }) };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'E_INTERNAL', message: stack, exitCode: 1 };
}
