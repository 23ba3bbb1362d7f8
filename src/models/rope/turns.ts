/** Frequencies of rotary embeddings, scaled to longer texts. */
import { logarithm, power, type Rotary } from '../../ops/rotary.ts';

/** How frequencies are scaled. `trained`: the length of the texts that the model was trained on. */
export type Scaling =
  | { rope_type: 'default' }
  | { rope_type: 'linear' | 'dynamic'; factor: number }
  | { rope_type: 'llama3'; factor: number; low_freq_factor: number; high_freq_factor: number; trained: number }
  | {
      rope_type: 'yarn';
      factor: number;
      trained: number;
      /** Turns over the trained length from which a frequency stays as it is, and up to which it is divided by the factor. */
      fast: number;
      slow: number;
      /** Between whole frequencies. */
      whole: boolean;
      attention: number;
    }
  | { rope_type: 'longrope'; trained: number; short: readonly number[]; long: readonly number[]; attention: number }
  /** Only a part of each head is turned. */
  | { rope_type: 'proportional'; factor: number; part: number };

export type Rope = { width: number; theta: number; positions: number; scaling: Scaling };

/** The longest text: dynamic scaling stretches the positions that the model was trained on. */
export const longest = ({ positions, scaling }: Rope): number =>
  scaling.rope_type === 'dynamic' ? Math.floor(positions * scaling.factor) : positions;

/** The longest text whose turns are the same whatever its length is, if there is a longer one. */
export function longestAlike(rope: Rope): number | undefined {
  const { scaling, positions } = rope;
  const { rope_type: type } = scaling;
  const alike = type === 'dynamic' ? positions : scaling.rope_type === 'longrope' ? scaling.trained : longest(rope);
  return alike < longest(rope) ? alike : undefined;
}

/** What scores are multiplied by: queries and keys are, each by the same. */
export const scoreFactor = ({ scaling }: Rope): number => ('attention' in scaling ? scaling.attention ** 2 : 1);

/** The turns of a model's heads, `width` columns each. */
export function rotaryOf(rope: Rope): Rotary {
  const { scaling } = rope;
  if (scaling.rope_type === 'dynamic') return { frequencies: (length) => frequencies(rope, stretched(rope, length)) };
  const plain = frequencies(rope, rope.theta);
  if (scaling.rope_type === 'longrope') {
    const [short, long] = [divided(plain, scaling.short), divided(plain, scaling.long)];
    return { frequencies: (length) => (length > scaling.trained ? long : short) };
  }
  const fixed = scaled(plain, rope);
  return { frequencies: () => fixed };
}

/** For heads of so many columns, of which fewer are turned: the others by angles of 0 (plan/pick.ts has their order). */
export function ofWholeHeads(rotary: Rotary, width: number): Rotary {
  const half = width / 2;
  return {
    frequencies: (length) => {
      const turned = rotary.frequencies(length);
      if (turned.length === half) return turned;
      const all = new Float64Array(half);
      all.set(turned);
      return all;
    },
  };
}

/** theta^(-2c / d), as floats: that is what checkpoints are trained with. [d / 2] */
function frequencies({ width }: Rope, theta: number): Float64Array {
  return Float64Array.from({ length: width / 2 }, (_, c) => Math.fround(power(theta, (-2 * c) / width)));
}

const divided = (plain: Float64Array, by: readonly number[]): Float64Array =>
  plain.map((f, c) => Math.fround(f / by[c]!));

/** The base of dynamic scaling for a text of so many positions. */
function stretched({ width, theta, positions, scaling }: Rope, length: number): number {
  if (scaling.rope_type !== 'dynamic' || length <= positions) return theta;
  const stretch = (scaling.factor * length) / positions - (scaling.factor - 1);
  return theta * power(stretch, width / (width - 2));
}

function scaled(plain: Float64Array, rope: Rope): Float64Array {
  const { scaling } = rope;
  switch (scaling.rope_type) {
    case 'linear':
      return plain.map((f) => Math.fround(f / scaling.factor));
    case 'proportional': {
      const turned = Math.floor((scaling.part * rope.width) / 2);
      return plain.map((f, c) => (c < turned ? Math.fround(f / scaling.factor) : 0));
    }
    case 'llama3':
      return llama3(plain, scaling);
    case 'yarn':
      return yarn(plain, rope, scaling);
    default:
      return plain;
  }
}

function llama3(plain: Float64Array, scaling: Extract<Scaling, { rope_type: 'llama3' }>): Float64Array {
  const { factor, low_freq_factor: low, high_freq_factor: high, trained } = scaling;
  return plain.map((f) => {
    const turns = (trained * f) / (2 * Math.PI); // over the text that the model was trained on
    if (turns < low) return Math.fround(f / factor);
    if (turns > high) return f;
    const smooth = (turns - low) / (high - low);
    return Math.fround(((1 - smooth) * f) / factor + smooth * f);
  });
}

/** YaRN (Peng et al., arXiv 2309.00071, section 3.2): a ramp from frequencies that stay to those that are divided. */
function yarn(plain: Float64Array, rope: Rope, scaling: Extract<Scaling, { rope_type: 'yarn' }>): Float64Array {
  const { factor, trained, fast, slow, whole } = scaling;
  // The column whose frequency turns so often over the trained length
  const columnOf = (turns: number) =>
    (rope.width * logarithm(trained / (turns * 2 * Math.PI))) / (2 * logarithm(rope.theta));
  const [first, last] = [columnOf(fast), columnOf(slow)];
  const from = Math.max(whole ? Math.floor(first) : first, 0);
  const to = Math.min(whole ? Math.ceil(last) : last, rope.width - 1);
  const length = to === from ? 0.001 : to - from;
  return plain.map((f, c) => {
    const ramp = Math.min(Math.max((c - from) / length, 0), 1);
    return Math.fround((f / factor) * ramp + f * (1 - ramp));
  });
}
