/**
 * Three parties multiply numbers that none of them sees: the smallest whole run. All three and the client live in this process, linked in
 * memory; what each party gets is printed.
 *
 *     node examples/1-secure-product.mjs
 */
import { loadKernels } from 'puma-mpc';
import {
  label,
  memoryPair,
  product,
  receiveInput,
  receiveOutput,
  reveal,
  sendInput,
  threeParties,
  truncate,
} from 'puma-mpc/parts';

const kernels = loadKernels();
const links = [0, 1, 2].map((party) => memoryPair(`party ${party}`, 'client'));
const client = links.map(([, own]) => own);

// Numbers are fixed point: integers modulo 2^64 that stand for x / 2^18.
const numbers = (name, n = 3) => ({ label: label(name), shape: [n], bits: 64, frac: 18 });
const fixed = (xs) => BigUint64Array.from(xs, (x) => BigInt.asUintN(64, BigInt(Math.round(x * 2 ** 18))));

const x = [1.5, -2, 3.25];
const y = [4, 0.5, -1];

// Sharing: the client masks x as m = x + l1 + l2. Parties 1 and 2 get m and one l each, party 0 both l: none of them can tell x.
sendInput(kernels, client, numbers('x'), fixed(x));
sendInput(kernels, client, numbers('y'), fixed(y));

// What every party runs. The product has 36 fractional bits; truncate() takes it back to 18.
const parties = threeParties(async (party) => {
  const [link] = links[party.role];
  const a = await receiveInput(party, link, numbers('x'));
  const b = await receiveInput(party, link, numbers('y'));
  const z = await truncate(party, await product(party, a, b), 18);
  reveal(party, link, label('z'), z);
  return { holds: a.first[0], rounds: party.rounds };
});

// Opening: parties 1 and 2 send a share of z each, and only their sum says something.
const z = await receiveOutput(kernels, client, numbers('z'));
const [dealer, one, two] = await parties;

const hex = (lane) => lane.toString(16).padStart(16, '0');
console.log(`x            ${x.join('  ')}`);
console.log(`y            ${y.join('  ')}`);
console.log(`party 0 has  ${hex(dealer.holds)}  of x[0]: a random mask`);
console.log(`party 1 has  ${hex(one.holds)}  of x[0]: x[0] under two masks`);
console.log(`party 2 has  ${hex(two.holds)}  of x[0]: the same`);
console.log(`x y          ${[...z].map((value) => value.toFixed(4)).join('  ')}  after ${one.rounds} rounds`);
