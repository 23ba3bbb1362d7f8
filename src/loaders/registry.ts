import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { TASKS } from '../heads/index.ts';
import { ioError } from './io.ts';
import { firstIssue } from './json.ts';
import { Integer, Linear, Ring } from './rings.ts';
import { KnownConfig, maxTokensOf, type Sizes, sizesOf } from './sizes.ts';

/** Where a checkpoint comes from: a folder of this project, or the Hugging Face hub. */
const Source = z.union([z.strictObject({ bundled: z.string() }), z.strictObject({ huggingface: z.string() })]);

const Entry = z.strictObject({
  source: Source,
  task: z.enum(TASKS),
  /** What differs from the default ring. */
  ring: z
    .strictObject({ ...Ring.shape, linear: Linear.partial(), integers: Integer.partial() })
    .partial()
    .optional(),
  /** What shapes the model, as its config.json has it: so that it can be studied without its checkpoint. */
  config: KnownConfig,
});

const Registry = z.strictObject({
  defaults: z.strictObject({ ring: Ring }),
  models: z.record(z.string(), Entry),
});

export type RegisteredModel = Omit<z.infer<typeof Entry>, 'ring'> & {
  name: string;
  ring: Ring;
  architecture: KnownConfig['model_type'];
  maxTokens: number;
  sizes: Sizes;
};

export type Registry = { defaults: { ring: Ring }; models: ReadonlyMap<string, RegisteredModel> };

/** The folder with package.json, models.config.json and models/: the same from src/ and from dist/. */
export const projectRoot = (): string => fileURLToPath(new URL('../../', import.meta.url));

export function loadRegistry(path = join(projectRoot(), 'models.config.json')): Registry {
  const fail = (what: string): never => {
    throw new PumaError('E_REGISTRY', `${path}: ${what}`, 'Correct the registry, or take the one that came with Puma.');
  };
  const written = parse(path, fail);
  const parsed = Registry.safeParse(written);
  if (!parsed.success) return fail(firstIssue(parsed.error));
  const { defaults, models } = parsed.data;
  const plain = written as z.input<typeof Registry>; // without what is filled in: a model changes what it names
  const entries = Object.entries(models).map(([name, entry]): [string, RegisteredModel] => {
    const merged = Ring.safeParse(mergeRing(plain.defaults.ring, plain.models[name]!.ring));
    const ring = merged.success ? merged.data : fail(`model ${name}: ${firstIssue(merged.error)}`);
    const { config } = entry;
    const derived = { architecture: config.model_type, maxTokens: maxTokensOf(config), sizes: sizesOf(config) };
    return [name, { ...entry, ...derived, name, ring }];
  });
  return { defaults, models: new Map(entries) };
}

function mergeRing(ring: z.input<typeof Ring>, change: z.input<typeof Entry>['ring'] = {}): unknown {
  return {
    ...{ ...ring, ...change },
    linear: { ...ring.linear, ...change.linear },
    integers: { ...ring.integers, ...change.integers },
  };
}

function parse(path: string, fail: (what: string) => never): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw ioError(error, 'read', path);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail(`not JSON: ${(error as Error).message}`);
  }
}
