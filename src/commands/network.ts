import { InvalidArgumentError, Option } from 'commander';
import { type Network, readNetwork } from '../transport/shaped.ts';

export type NetworkOptions = { network?: Network };

/** Of commands that run parties on this machine, or foretell a run. */
export const NETWORK_OPTION = new Option(
  '--network <lan|wan|rtt,bandwidth>',
  'as if the parties were on such a network: lan is 0.5ms,5Gbit; wan is 40ms,400Mbit',
).argParser(parseNetwork);

export function parseNetwork(text: string): Network {
  const network = readNetwork(text);
  if (network) return network;
  throw new InvalidArgumentError(
    'It must be lan, wan, or a round trip (ms, s) and a bandwidth (kbit, Mbit, Gbit): 10ms,1Gbit.',
  );
}
