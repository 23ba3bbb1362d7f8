import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { ioError } from '../files/io.ts';
import { firstIssue } from '../files/json.ts';
import { projectRoot } from '../files/root.ts';
import { TASKS } from '../heads/index.ts';
import { MODEL_TYPES, modelFor } from '../models/index.ts';
import type { Model, Sizes } from '../models/model.ts';
import { IntegerBits, LinearRing, ModelRing } from '../rings/schema.ts';

/** Where a checkpoint comes from: a folder of this project, or the Hugging Face hub. */
const Source = z.union([z.strictObject({ bundled: z.string() }), z.strictObject({ huggingface: z.string() })]);

const Entry = z.strictObject({
  source: Source,
  task: z.enum(TASKS),
  /** What differs from the default ring. */
  ring: z
    .strictObject({ ...ModelRing.shape, linear: LinearRing.partial(), integers: IntegerBits.partial() })
    .partial()
    .optional(),
  /** What shapes the model, as its config.json has it: so that it can be studied without its checkpoint. */
  config: z.looseObject({ model_type: z.enum(MODEL_TYPES), architectures: z.array(z.string()).min(1) }),
});

const Registry = z.strictObject({
  defaults: z.strictObject({ ring: ModelRing }),
  models: z.record(z.string(), Entry),
});

export type RegisteredModel = Omit<z.infer<typeof Entry>, 'ring'> & {
  name: string;
  ring: ModelRing;
  architecture: string;
  maxTokens: number;
  sizes: Sizes;
};

export type Registry = { defaults: { ring: ModelRing }; models: ReadonlyMap<string, RegisteredModel> };

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
    const merged = ModelRing.safeParse(mergeRing(plain.defaults.ring, plain.models[name]!.ring));
    const ring = merged.success ? merged.data : fail(`model ${name}: ${firstIssue(merged.error)}`);
    const { maxTokens, sizes } = modelOf(entry.config, (what) => fail(`model ${name}: ${what}`));
    return [name, { ...entry, name, ring, architecture: entry.config.model_type, maxTokens, sizes }];
  });
  return { defaults, models: new Map(entries) };
}

function modelOf(config: unknown, fail: (what: string) => never): Model {
  try {
    return modelFor(config);
  } catch (error) {
    if (error instanceof PumaError) return fail(error.message.split('\n')[0]!);
    throw error;
  }
}

function mergeRing(ring: z.input<typeof ModelRing>, change: z.input<typeof Entry>['ring'] = {}): unknown {
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
