import { PumaError } from '../errors.ts';
import { HEADS } from '../heads/index.ts';
import type { AnyArchitecture, Family } from './architecture.ts';
import { bert } from './bert.ts';
import { gemma3 } from './decoders/gemma3.ts';
import { gptNeox } from './decoders/gpt-neox.ts';
import { distilbert } from './encoders/distilbert.ts';
import { electra } from './encoders/electra.ts';
import { mpnet } from './encoders/mpnet.ts';
import { gpt2 } from './gpt2.ts';
import { GENERIC_KEYS } from './keys/generic.ts';
import type { KeyTable } from './keys/table.ts';
import { llama } from './llama.ts';
import type { Model } from './model.ts';

/** Every architecture. */
const ARCHITECTURES: readonly AnyArchitecture[] = [bert, distilbert, electra, mpnet, gpt2, gptNeox, gemma3, llama];

const FAMILIES = ARCHITECTURES.flatMap((architecture) =>
  architecture.families.map((family) => ({ architecture, family })),
);

/** The models there are, by transformers' names of their classes: every family with every head that its backbone can have. */
const CLASSES = new Map(
  FAMILIES.flatMap(({ architecture, family }) =>
    HEADS.filter(({ backbone }) => backbone === architecture.backbone).map((head) => {
      const name = className(family, head.ending);
      return [name, { architecture, name, family, head }] as const;
    }),
  ),
);

/** The class that a config.json means when it names none: the bare encoder of its type, or the decoder that generates. */
const BARE: ReadonlyMap<unknown, string> = new Map(
  FAMILIES.map(({ architecture, family }) => [
    family.type,
    className(family, architecture.backbone === 'encoder' ? 'Model' : 'ForCausalLM'),
  ]),
);

const RUN_AS_BARE: ReadonlyMap<unknown, string> = new Map(
  FAMILIES.flatMap(({ family: { type, bare = [] } }) => bare.map((name) => [name, BARE.get(type)!] as const)),
);

/** Every `model_type`. */
export const MODEL_TYPES: readonly string[] = FAMILIES.map(({ family }) => family.type);

/** What becomes of the keys of a config.json of this `model_type`. */
export const keysOf = (type: string): readonly KeyTable[] => {
  const found = FAMILIES.find(({ family }) => family.type === type);
  return found ? [found.architecture.keys(type), GENERIC_KEYS] : [GENERIC_KEYS];
};

/** The key that says how many layers a config.json has. */
export const layersKey = ({ model_type: type }: { model_type?: unknown }): string =>
  FAMILIES.find(({ family }) => family.type === type)?.architecture.layersKey ?? 'num_hidden_layers';

function className({ prefix, endings = {} }: Family, ending: string): string {
  return prefix + (endings[ending] ?? ending);
}

/** The model that a parsed config.json describes. Throws E_ARCHITECTURE for one we do not have, E_CONFIG for mistakes. */
export function modelFor(config: unknown): Model {
  const { architectures, model_type: type } = (config ?? {}) as { architectures?: unknown; model_type?: unknown };
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const named = String(first ?? BARE.get(type));
  const found = CLASSES.get(named) ?? CLASSES.get(RUN_AS_BARE.get(named)!);
  if (found) return found.architecture.model(config, found);

  const what = named === 'undefined' ? 'config.json names no architecture' : `${named} is not supported`;
  throw new PumaError('E_ARCHITECTURE', `${what}; supported are ${[...CLASSES.keys()].join(', ')}`, hintFor(type));
}

function hintFor(type: unknown): string | undefined {
  const bare = BARE.get(type);
  return bare && `to run it as ${bare}, set "architectures": ["${bare}"] in config.json`;
}
