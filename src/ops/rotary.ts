/**
 * Rotary position embeddings (Su et al., arXiv 2104.09864): columns c and c + d / 2 of a head at position p are turned by the angle
 * p f_c. The frequencies are public; so the turn is a linear map that each party applies to its shares.
 *
 * Evaluators must turn by the same integers on any machine, so nothing here calls sin, cos, exp or pow of a mathematical library:
 * IEEE additions, products, divisions and square roots alone, each of which rounds exactly.
 */
export type Rotary = {
  /** The frequencies f_c, c < d / 2, of a text of so many positions, in radians a position. */
  frequencies(length: number): Float64Array;
};

export type Turns = { cos: Float64Array; sin: Float64Array };

/** cos and sin of the angles of positions from .. from + count - 1. [count, d / 2] each */
export function turnsOf(rotary: Rotary, from: number, count: number): Turns {
  const frequencies = rotary.frequencies(from + count);
  const half = frequencies.length;
  const [cos, sin] = [new Float64Array(count * half), new Float64Array(count * half)];
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < half; c++) {
      // Angles are floats in transformers, which makes them what the checkpoint was trained with
      const [x, y] = turn(Math.fround((from + i) * frequencies[c]!));
      cos[i * half + c] = x;
      sin[i * half + c] = y;
    }
  }
  return { cos, sin };
}

/** [cos, sin] of an angle in radians, right to 2^-45 below 2^20. */
export function turn(angle: number): [cos: number, sin: number] {
  const quarters = Math.floor(angle * QUARTERS + 0.5);
  // pi / 2 in two parts: the first product is exact for up to 2^20 quarters
  const rest = angle - quarters * HALF_PI_HIGH - quarters * HALF_PI_LOW;
  const [c, s] = [series(rest, 0), series(rest, 1)];
  const at = quarters % 4;
  return at === 0 ? [c, s] : at === 1 ? [-s, c] : at === 2 ? [-c, -s] : [s, -c];
}

const QUARTERS = 0.6366197723675814;
const HALF_PI_HIGH = 1.5707963267341256; // 33 bits
const HALF_PI_LOW = 6.077100506506192e-11;

/** The Taylor series of cos (start 0) or sin (start 1) for |x| <= pi / 4. */
function series(x: number, start: 0 | 1): number {
  const square = x * x;
  let term = start === 0 ? 1 : x;
  let sum = term;
  for (let n = start + 2; n <= 22; n += 2) {
    term = (-term * square) / (n * (n - 1));
    sum += term;
  }
  return sum;
}

/** base^exponent for base > 0. */
export function power(base: number, exponent: number): number {
  return raiseE(exponent * logarithm(base));
}

const LN2_HIGH = 0.6931471803691238; // 33 bits
const LN2_LOW = 1.9082149292705877e-10;

/** ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)), with x = m 2^e. */
export function logarithm(x: number): number {
  let [m, e] = [x, 0];
  for (; m > Math.SQRT2; m /= 2) e++;
  for (; m < Math.SQRT1_2; m *= 2) e--;
  const ratio = (m - 1) / (m + 1);
  const square = ratio * ratio;
  let [term, sum] = [ratio, 0];
  for (let n = 1; n <= 41; n += 2) {
    sum += term / n;
    term *= square;
  }
  return e * Math.LN2 + 2 * sum;
}

function raiseE(x: number): number {
  const twos = Math.floor(x / Math.LN2 + 0.5);
  const rest = x - twos * LN2_HIGH - twos * LN2_LOW;
  let [term, sum] = [1, 1];
  for (let n = 1; n <= 20; n++) {
    term = (term * rest) / n;
    sum += term;
  }
  for (let i = 0; i < Math.abs(twos); i++) sum = twos > 0 ? sum * 2 : sum / 2;
  return sum;
}
