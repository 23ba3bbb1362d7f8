/** Every approximated function beside the polynomials that the PUMA paper publishes (arXiv 2307.12533, section 4). */
import { expNeg } from '../../src/mpc/exp.ts';
import { gate } from '../../src/mpc/gate.ts';
import { ACTIVATIONS } from '../../src/ops/plain-values.ts';
import type { ERRORS } from './errors.ts';
import { grid } from './numbers.ts';
import { maskedReals, run } from './parties.ts';

const polynomial = (x: number, ...lowest: number[]) => lowest.reduceRight((sum, c) => sum * x + c, 0);

function pumaGelu(x: number): number {
  if (x < -4) return 0;
  if (x < -1.95) {
    return polynomial(x, -0.5054031199708174, -0.42226581151983866, -0.11807612951181953, -0.011034134030615728);
  }
  const even = [0.3603292692789629, 0, -0.037688200365904236, 0, 0.0018067462606141187];
  return x <= 3 ? polynomial(x, 0.008526321541038084, 0.5, ...even) : x;
}

function pumaSilu(x: number): number {
  if (x < -8) return 0;
  if (x < -4) return polynomial(x, -0.3067541139982155, -0.0819767021525476, -0.0055465625580307);
  const even = [0.228143084172827, 0, -0.011113046708173, 0, 0.0002743776353465];
  return x <= 4 ? polynomial(x, 0.0085064025895951, 0.5, ...even) : x;
}

const pumaExp = (x: number): number => (x > -14 ? (1 + x / 32) ** 32 : 0);

export type Approximation = {
  name: keyof typeof ERRORS;
  domain: [low: number, high: number];
  exact(x: number): number;
  puma(x: number): number;
  /** By the protocol, at three parties in this process. */
  secure(x: Float64Array): Promise<number[]>;
};

export const APPROXIMATIONS: readonly Approximation[] = [
  {
    name: 'GeLU',
    domain: [-6, 6],
    exact: ACTIVATIONS.gelu,
    puma: pumaGelu,
    secure: async (x) => (await run([maskedReals(x, { bits: 28, frac: 14 })], (p, v) => gate(p, v, 'gelu'))).reals,
  },
  {
    name: 'SiLU',
    domain: [-14, 14],
    exact: ACTIVATIONS.silu,
    puma: pumaSilu,
    secure: async (x) => (await run([maskedReals(x, { bits: 28, frac: 14 })], (p, v) => gate(p, v, 'silu'))).reals,
  },
  {
    name: 'exp(-y)',
    domain: [-20, 0],
    exact: Math.exp,
    puma: pumaExp,
    secure: async (x) => {
      const y = x.map((v) => -v);
      return (await run([maskedReals(y, { bits: 64, frac: 18 })], (p, v) => expNeg(p, v))).reals;
    },
  },
];

/** Points of a function's domain; the polynomials' steps are among them. */
export const pointsOf = ({ domain: [low, high] }: Approximation): Float64Array => grid(low, high, 2 ** -7);

export function pumaError({ exact, puma, ...rest }: Approximation): number {
  return Math.max(...pointsOf({ exact, puma, ...rest }).map((x) => Math.abs(puma(x) - exact(x))));
}
