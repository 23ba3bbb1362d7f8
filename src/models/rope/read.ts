/** Rotary embeddings as config.json names them, with the precedence of transformers. */
import { z } from 'zod';
import { logarithm } from '../../ops/rotary.ts';
import { parseConfig, positiveInteger, positiveNumber } from '../config.ts';
import { shown, unusedKey } from '../keys/table.ts';
import type { Rope, Scaling } from './turns.ts';

const factor = positiveNumber;
const trained = positiveInteger.nullish();
const list = z.array(positiveNumber, 'expected a list of numbers');

/** `rope_scaling` or `rope_parameters`, where `type` has been renamed to `rope_type`. */
const Parameters = z.discriminatedUnion(
  'rope_type',
  [
    z.object({ rope_type: z.literal('default') }),
    z.object({ rope_type: z.literal('linear'), factor }),
    z.object({ rope_type: z.literal('dynamic'), factor }),
    z.object({
      ...{ rope_type: z.literal('llama3'), factor, low_freq_factor: factor, high_freq_factor: factor },
      original_max_position_embeddings: trained,
    }),
    z.object({
      ...{ rope_type: z.literal('yarn'), factor: factor.nullable(), original_max_position_embeddings: trained },
      ...{ attention_factor: z.number().nullish(), mscale: z.number().nullish(), mscale_all_dim: z.number().nullish() },
      ...{ beta_fast: z.number().nullish(), beta_slow: z.number().nullish() },
      truncate: z.boolean('expected true or false').nullish(),
    }),
    z.object({
      ...{ rope_type: z.literal('longrope'), factor: factor.nullish(), original_max_position_embeddings: trained },
      ...{ attention_factor: z.number().nullish(), short_factor: list, long_factor: list },
    }),
    z.object({ rope_type: z.literal('proportional'), factor: factor.nullish() }),
  ],
  'expected default, linear, dynamic, yarn, longrope, llama3 or proportional',
);

type Parameters = z.output<typeof Parameters>;

const KNOWN: ReadonlySet<string> = new Set([
  ...['type', 'rope_theta', 'partial_rotary_factor', 'original_max_position_embeddings'],
  ...Parameters.options.flatMap((option) => Object.keys(option.shape)),
]);

const Around = z.object({
  rope_theta: positiveNumber.nullish(),
  original_max_position_embeddings: positiveInteger.nullish(),
  partial_rotary_factor: positiveNumber.nullish(),
});

/** Of a head, and the longest text. With `inPart`, the family turns the part of a head that `partial_rotary_factor` says. */
type Sizes = { width: number; positions: number; inPart?: boolean };

/**
 * The rope of a config.json. `rope_scaling` counts before `rope_parameters`; what it says of the base before `rope_theta` beside it, but
 * `original_max_position_embeddings` beside it before its own. Throws E_CONFIG. -> with a line for each key that is not used
 */
export function readRope(
  config: Record<string, unknown>,
  { width, positions, inPart = false }: Sizes,
): { rope: Rope; warnings: string[] } {
  const around = parseConfig(Around, config);
  const key = isTrue(config.rope_scaling) ? 'rope_scaling' : 'rope_parameters';
  const given = parseConfig(z.looseObject({ [key]: OBJECT }), config)[key] as Record<string, unknown> | undefined;
  const { type = 'default', rope_type = type, ...rest } = given ?? {};
  const parameters: Record<string, unknown> = { rope_type, ...rest };
  const schema = z.object({ [key]: Parameters.and(z.object({ rope_theta: positiveNumber.nullish() })) });
  const read = parseConfig(schema, { [key]: parameters })[key] as Parameters & { rope_theta?: number | null };
  const partial = parameters.partial_rotary_factor ?? around.partial_rotary_factor ?? 1;
  if (typeof partial !== 'number') parseConfig(z.object({ [key]: WHOLE }), { [key]: parameters });
  if (inPart) return partly(config, key, parameters, { width, positions }, partial as number);
  const from = { width, positions, partial: partial as number, original: around.original_max_position_embeddings };
  checkTurned(key, read, from, parameters);
  const theta = read.rope_theta ?? around.rope_theta ?? 10000;
  const rope = { width, theta, positions, scaling: scalingOf(read, from) };
  return { rope, warnings: notUsed(key, parameters, read.rope_type, partial as number) };
}

/** The rope of the columns that are turned. */
function partly(
  config: Record<string, unknown>,
  key: string,
  { partial_rotary_factor: _, ...parameters }: Record<string, unknown>,
  { width, positions }: Sizes,
  partial: number,
) {
  const turned = Math.trunc(width * partial);
  const schema = z.object({
    partial_rotary_factor: z.literal(-1, `expected a part of heads of ${width} columns with an even number of them`),
    rope_type: z.literal('', 'expected a type that turns columns by their number'),
  });
  const { rope_type: type } = parameters;
  if (turned < 2 || turned > width || turned % 2 !== 0) {
    parseConfig(schema.pick({ partial_rotary_factor: true }), { partial_rotary_factor: partial });
  }
  if (type === 'proportional')
    parseConfig(z.object({ [key]: schema.pick({ rope_type: true }) }), { [key]: parameters });
  const { partial_rotary_factor: _also, rope_scaling: _given, ...rest } = config;
  return readRope({ ...rest, [key]: parameters }, { width: turned, positions });
}

/** Of an object, an empty one is none: as in transformers. */
const isTrue = (value: unknown): boolean =>
  value !== null && value !== undefined && !(typeof value === 'object' && Object.keys(value).length === 0);

const OBJECT = z
  .record(z.string(), z.unknown(), 'expected an object')
  .refine(
    (given) =>
      !Object.values(given).some((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
    'expected one set of parameters for all layers',
  )
  .nullish();

const WHOLE = z.looseObject({
  partial_rotary_factor: z.literal(1, 'expected 1: heads that are turned in part are not supported'),
});

/** All columns of a head are turned, or the file says by which frequencies. */
function checkTurned(key: string, read: Parameters, { width, partial }: From, parameters: object): void {
  const { rope_type: type } = read;
  // transformers turns whole heads where the type is default, whatever the factor says; for the others it fails
  if (type !== 'default' && type !== 'proportional' && Math.trunc(width * partial) !== width) {
    parseConfig(z.object({ [key]: WHOLE }), { [key]: { ...parameters, partial_rotary_factor: partial } });
  }
  if (type !== 'longrope') return;
  const half = list.length(width / 2, `expected ${width / 2} numbers, half the width of a head`);
  const both = z.looseObject({ short_factor: half, long_factor: half });
  parseConfig(z.object({ [key]: both }), { [key]: parameters });
}

type From = Sizes & { partial: number; original: number | null | undefined };

function scalingOf(read: Parameters, { positions, partial, original }: From): Scaling {
  const { rope_type: type } = read;
  if (type === 'default' || type === 'linear' || type === 'dynamic') return read;
  if (type === 'proportional') return { rope_type: type, factor: read.factor ?? 1, part: partial };
  const trained = original ?? read.original_max_position_embeddings ?? positions;
  if (type === 'llama3') return { ...read, trained };
  if (type === 'longrope') {
    const { short_factor: short, long_factor: long } = read;
    const stretch = read.factor ?? positions / trained;
    const grown = stretch <= 1 ? 1 : Math.sqrt(1 + logarithm(stretch) / logarithm(trained));
    return { rope_type: type, trained, short, long, attention: read.attention_factor ?? grown };
  }
  const factor = read.factor ?? positions / trained;
  const [fast, slow] = [read.beta_fast || 32, read.beta_slow || 1];
  const whole = read.truncate === undefined ? true : Boolean(read.truncate);
  return { rope_type: type, factor, trained, fast, slow, whole, attention: yarnAttention(read, factor) };
}

/** What YaRN multiplies queries and keys by (Peng et al., arXiv 2309.00071, section 3.4). */
function yarnAttention(
  { attention_factor: given, mscale, mscale_all_dim: all }: Extract<Parameters, { rope_type: 'yarn' }>,
  factor: number,
): number {
  if (given !== null && given !== undefined) return given;
  const grown = (by: number) => (factor <= 1 ? 1 : 0.1 * by * logarithm(factor) + 1);
  return mscale && all ? grown(mscale) / grown(all) : grown(1);
}

function notUsed(key: string, parameters: Record<string, unknown>, type: string, partial: number): string[] {
  const unknown = Object.entries(parameters)
    .filter(([name, value]) => !KNOWN.has(name) && value !== null)
    .map(([name, value]) => unusedKey('config.json', `${key}.${name}`, value));
  if (type !== 'default' || partial === 1) return unknown;
  return [...unknown, `config.json: partial_rotary_factor is not used, as in transformers: ${shown(partial)}`];
}
