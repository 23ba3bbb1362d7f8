import { PumaError } from '../errors.ts';
import { bert } from './bert.ts';
import { BERT_ARCHITECTURES } from './bert-config.ts';
import type { Model } from './model.ts';

/** The architecture that a config.json means when it names none: the bare model of its type. */
const BARE: ReadonlyMap<unknown, string> = new Map([['bert', 'BertModel']]);

const MODELS: ReadonlyMap<string, (config: unknown) => Model> = new Map(
  BERT_ARCHITECTURES.map((architecture) => [architecture, bert]),
);

/** The model that a parsed config.json describes. Throws E_ARCHITECTURE for one we do not have, E_CONFIG for mistakes. */
export function modelFor(config: unknown): Model {
  const { architectures, model_type: type } = (config ?? {}) as { architectures?: unknown; model_type?: unknown };
  const named: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const architecture = named ?? BARE.get(type);
  const model = MODELS.get(String(architecture));
  if (model) return model(config);

  const what = architecture === undefined ? 'config.json names no architecture' : `${architecture} is not supported`;
  throw new PumaError('E_ARCHITECTURE', `${what}; supported are ${[...MODELS.keys()].join(', ')}`, hintFor(type));
}

function hintFor(type: unknown): string | undefined {
  const bare = BARE.get(type);
  return bare && `to run its encoder alone, set "architectures": ["${bare}"] in config.json`;
}
