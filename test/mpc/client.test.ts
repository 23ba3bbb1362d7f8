import { describe, expect, test } from 'vitest';
import {
  type InputSpec,
  inputBits,
  receiveInput,
  receiveOutput,
  reveal,
  revealPrice,
  sendInput,
} from '../../src/mpc/client.ts';
import { toAdditive } from '../../src/mpc/local.ts';
import { threeParties } from '../../src/party/local.ts';
import { HEADER_BYTES, type Link } from '../../src/transport/link.ts';
import { memoryPair, type Tapped } from '../../src/transport/memory.ts';
import { integers, SIZES } from './numbers.ts';
import { kernels, open } from './parties.ts';

const spec = (name: string, n: number, bits: number, frac = 0): InputSpec => ({
  label: name.padEnd(12, '.'),
  shape: [n],
  bits,
  frac,
});

/** The client's links to the three parties, and theirs to it. */
function linked(seen: Tapped[] = []): { client: Link[]; parties: Link[] } {
  const pairs = [0, 1, 2].map((i) => memoryPair('client', `party ${i}`, { tap: (message) => void seen.push(message) }));
  return { client: pairs.map(([end]) => end), parties: pairs.map(([, end]) => end) };
}

const lanes = (x: readonly bigint[]) => BigUint64Array.from(x, (v) => BigInt.asUintN(64, v));
const traffic = (links: readonly Link[], way: 'sent' | 'received') =>
  links.reduce((bytes, link) => bytes + link.traffic[way] - HEADER_BYTES, 0);

describe.each(SIZES)('%i elements', (n) => {
  test.each([1, 20, 64])('in Z_2^%i: what the client shares is what the parties hold', async (bits) => {
    const x = integers(n, bits - 1);
    const { client, parties } = linked();
    const input = spec('in', n, bits);
    sendInput(kernels, client, input, lanes(x));
    const held = await threeParties((party) => receiveInput(party, parties[party.role]!, input), { kernels });
    expect(open(held)).toEqual(x.map((v) => BigInt.asIntN(bits, v)));
    expect(8 * traffic(client, 'sent') - inputBits(n, bits)).toBeLessThan(16);
  });

  test('and what the parties reveal is what the client reads', async () => {
    const x = integers(n, 32);
    const { client, parties } = linked();
    const [input, output] = [spec('in', n, 34, 18), spec('out', n, 34, 18)];
    sendInput(kernels, client, input, lanes(x));
    const run = threeParties(
      async (party) => {
        const held = await receiveInput(party, parties[party.role]!, input);
        reveal(party, parties[party.role]!, output.label, toAdditive(party, held));
        return party.rounds;
      },
      { kernels },
    );
    const out = await receiveOutput(kernels, client, output);
    expect(await run).toEqual([1, 1, 1]);
    expect([...out]).toEqual(x.map((v) => Number(v) / 2 ** 18));
    expect(8 * traffic(client.slice(1), 'received') - revealPrice(n, 34).online).toBeLessThan(16);
    expect(client[0]!.traffic.received).toBe(0);
  });
});

test('the client sends seeds to the dealer, never the value; fresh ones every time', async () => {
  const seen: Tapped[] = [];
  const { client, parties } = linked(seen);
  for (const name of ['first', 'second']) sendInput(kernels, client, spec(name, 3, 20), lanes([1n, 2n, 3n]));
  await Promise.all(parties.map((link) => link.receive(spec('second', 3, 20).label)));
  const at = (to: number) => seen.filter((message) => message.to === `party ${to}`).map(({ payload }) => payload);
  const [dealer, one, two] = [at(0), at(1), at(2)];
  expect(dealer.map((bytes) => bytes.length)).toEqual([32, 32]);
  expect(dealer[0]).not.toEqual(dealer[1]);
  for (const i of [0, 1]) {
    expect(one[i]!.subarray(0, 16)).toEqual(dealer[i]!.subarray(0, 16));
    expect(two[i]!.subarray(0, 16)).toEqual(dealer[i]!.subarray(16));
    expect(one[i]!.subarray(16)).toEqual(two[i]!.subarray(16));
  }
});

test('an input of the wrong length is refused', async () => {
  const { client, parties } = linked();
  sendInput(kernels, client, spec('in', 2, 20), lanes([1n, 2n]));
  const held = threeParties((party) => receiveInput(party, parties[party.role]!, spec('in', 3, 20)), { kernels });
  await expect(held).rejects.toThrow('the client sent 21 bytes of input where 24 were expected');
});
