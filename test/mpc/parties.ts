import { expect } from 'vitest';
import type { Lanes } from '../../src/kernels/index.ts';
import { remask } from '../../src/mpc/remask.ts';
import { Additive, Masked, type Price, type Shape, type SharedBits } from '../../src/mpc/values.ts';
import { threeParties } from '../../src/party/local.ts';
import type { Party } from '../../src/party/party.ts';

/** Signed value of the low k bits. */
export const signed = (v: bigint, k: number): bigint => BigInt.asIntN(k, v);

/** Real numbers -> shared fixed point. */
export async function shareReals(party: Party, x: ArrayLike<number>, shape: Shape, frac: number, bits: number): Promise<Masked> {
  return shareExact(party, Array.from(x, (v) => BigInt(Math.round(v * 2 ** frac))), shape, frac, bits);
}

/** The same for integers: evaluators swap their masked halves, outside of the meter. */
export async function shareExact(party: Party, x: readonly bigint[], shape: Shape, frac: number, bits: number): Promise<Masked> {
  const share = BigUint64Array.from(x, (v) => (party.role === 1 ? BigInt.asUintN(64, v) : 0n));
  const { meter } = party.session;
  const before = { ...meter };
  const rounds = party.rounds;
  const out = await remask(party, new Additive(shape, bits, frac, party.deals ? undefined : share));
  Object.assign(meter, before);
  party.rounds = rounds;
  return out;
}

type Held = { kind: 'masked' | 'additive' | 'bits'; bits: number; frac: number; n: number; a: Lanes | undefined; b: Lanes | undefined };

export function held(v: Masked | Additive | SharedBits): Held {
  if (v instanceof Masked) return { kind: 'masked', bits: v.bits, frac: v.frac, n: v.size, a: v.first, b: v.second };
  if (v instanceof Additive) return { kind: 'additive', bits: v.bits, frac: v.frac, n: v.size, a: v.share, b: undefined };
  return { kind: 'bits', bits: 1, frac: 0, n: v.n, a: v.share, b: undefined };
}

/** The secret integers, from what all three parties hold; checks that they agree. */
export function open([dealer, one, two]: Held[]): bigint[] {
  const { kind, bits, n } = one!;
  if (kind === 'bits') {
    return Array.from({ length: n }, (_, i) => ((one!.a![i >> 6]! ^ two!.a![i >> 6]!) >> BigInt(i & 63)) & 1n);
  }
  if (kind === 'additive') return Array.from({ length: n }, (_, i) => signed(one!.a![i]! + two!.a![i]!, bits));
  return Array.from({ length: n }, (_, i) => {
    const [m1, m2] = [signed(one!.a![i]!, bits), signed(two!.a![i]!, bits)];
    expect(m1).toBe(m2);
    expect(signed(dealer!.a![i]!, bits)).toBe(signed(one!.b![i]!, bits));
    expect(signed(dealer!.b![i]!, bits)).toBe(signed(two!.b![i]!, bits));
    return signed(m1 - one!.b![i]! - two!.b![i]!, bits);
  });
}

export const reals = (values: readonly bigint[], frac: number): number[] => values.map((v) => Number(v) / 2 ** frac);

type Result = Masked | Additive | SharedBits;

/** Runs one protocol at three parties: secrets out, and the bill in payload bits over all parties. */
export async function run(program: (party: Party) => Promise<Result | readonly Result[]>): Promise<{ values: bigint[][]; frac: number; bill: Price }> {
  const results = await threeParties(async (party) => {
    const out = await program(party);
    return { held: (Array.isArray(out) ? out : [out as Result]).map(held), meter: party.session.meter, rounds: party.rounds };
  });
  expect(new Set(results.map((r) => r.rounds)).size).toBe(1);
  const values = results[0].held.map((_, i) => open(results.map((r) => r.held[i]!)));
  const dealer = 8 * results[0].meter.dealt;
  const online = 8 * (results[1].meter.online + results[2].meter.online);
  return { values, frac: results[1].held[0]!.frac, bill: { rounds: results[0].rounds, dealer, online } };
}
