/** Frequencies of rotary embeddings as Hugging Face's configurations name them. */
import { z } from 'zod';
import { power, type Rotary } from '../ops/rotary.ts';
import { positiveInteger, positiveNumber } from './config.ts';

const factor = positiveNumber;

/** `rope_scaling` or `rope_parameters`; `type` is the older name of `rope_type`. */
const Scaling = z.discriminatedUnion(
  'rope_type',
  [
    z.object({ rope_type: z.literal('default') }),
    z.object({ rope_type: z.literal('linear'), factor }),
    z.object({ rope_type: z.literal('dynamic'), factor }),
    z.object({
      rope_type: z.literal('llama3'),
      factor,
      low_freq_factor: factor,
      high_freq_factor: factor,
      original_max_position_embeddings: positiveInteger,
    }),
  ],
  'expected rope_type default, linear, dynamic or llama3',
);

export type Scaling = z.output<typeof Scaling>;

/** The object of config.json under either name; an older one spells `rope_type` as `type`. */
export const scaling = z.preprocess((value) => {
  if (value === null || value === undefined) return { rope_type: 'default' };
  if (typeof value !== 'object') return value;
  const { type = 'default', rope_type = type, ...rest } = value as Record<string, unknown>;
  return { rope_type, ...rest };
}, Scaling);

export type Rope = { width: number; theta: number; positions: number; scaling: Scaling };

/** The longest text: dynamic scaling stretches the positions that the model was trained on. */
export const longest = ({ positions, scaling }: Rope): number =>
  scaling.rope_type === 'dynamic' ? Math.floor(positions * scaling.factor) : positions;

/** The turns of a model's heads, `width` columns each. */
export function rotaryOf(rope: Rope): Rotary {
  const { scaling } = rope;
  const fixed = scaling.rope_type === 'dynamic' ? undefined : scaled(frequencies(rope, rope.theta), scaling);
  return { frequencies: (length) => fixed ?? frequencies(rope, stretched(rope, length)) };
}

/** theta^(-2c / d), as floats: that is what checkpoints are trained with. [d / 2] */
function frequencies({ width }: Rope, theta: number): Float64Array {
  return Float64Array.from({ length: width / 2 }, (_, c) => Math.fround(power(theta, (-2 * c) / width)));
}

/** The base of dynamic scaling for a text of so many positions. */
function stretched({ width, theta, positions, scaling }: Rope, length: number): number {
  if (scaling.rope_type !== 'dynamic' || length <= positions) return theta;
  const stretch = (scaling.factor * length) / positions - (scaling.factor - 1);
  return theta * power(stretch, width / (width - 2));
}

function scaled(plain: Float64Array, scaling: Scaling): Float64Array {
  if (scaling.rope_type === 'linear') return plain.map((f) => Math.fround(f / scaling.factor));
  if (scaling.rope_type !== 'llama3') return plain;
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: trained } = scaling;
  return plain.map((f) => {
    const turns = (trained * f) / (2 * Math.PI); // over the text that the model was trained on
    if (turns < low) return Math.fround(f / factor);
    if (turns > high) return f;
    const smooth = (turns - low) / (high - low);
    return Math.fround(((1 - smooth) * f) / factor + smooth * f);
  });
}
