import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { ioError } from './io.ts';
import { Linear, Ring } from './rings.ts';

/** Where a checkpoint comes from: a folder of this project, or the Hugging Face hub. */
const Source = z.union([z.strictObject({ bundled: z.string() }), z.strictObject({ huggingface: z.string() })]);
const Count = z.int().positive();

const Entry = z.strictObject({
  architecture: z.enum(['bert']),
  source: Source,
  task: z.enum(['classify', 'embed']),
  /** What differs from the default ring. */
  ring: z
    .strictObject({ ...Ring.shape, linear: Linear.partial() })
    .partial()
    .optional(),
  maxTokens: Count,
  sizes: z.strictObject({ hidden: Count, layers: Count, heads: Count, intermediate: Count, vocabulary: Count }),
});

const Registry = z.strictObject({
  defaults: z.strictObject({ ring: Ring }),
  models: z.record(z.string(), Entry),
});

export type RegisteredModel = Omit<z.infer<typeof Entry>, 'ring'> & { name: string; ring: Ring };

export type Registry = { defaults: { ring: Ring }; models: ReadonlyMap<string, RegisteredModel> };

/** The folder with package.json, models.config.json and models/: the same from src/ and from dist/. */
export const projectRoot = (): string => fileURLToPath(new URL('../../', import.meta.url));

export function loadRegistry(path = join(projectRoot(), 'models.config.json')): Registry {
  const fail = (what: string): never => {
    throw new PumaError('E_REGISTRY', `${path}: ${what}`, 'Correct the registry, or take the one that came with Puma.');
  };
  const parsed = Registry.safeParse(parse(path, fail));
  if (!parsed.success) return fail(firstIssue(parsed.error));
  const { defaults, models } = parsed.data;
  const entries = Object.entries(models).map(([name, entry]): [string, RegisteredModel] => {
    const ring = Ring.safeParse(mergeRing(defaults.ring, entry.ring));
    return [
      name,
      { ...entry, name, ring: ring.success ? ring.data : fail(`model ${name}: ${firstIssue(ring.error)}`) },
    ];
  });
  return { defaults, models: new Map(entries) };
}

/** Where and what the first problem is, in one line. */
export function firstIssue(error: z.ZodError): string {
  const { path, message } = error.issues[0]!;
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}

function mergeRing(ring: Ring, change: z.infer<typeof Entry>['ring'] = {}): unknown {
  return { ...ring, ...change, linear: { ...ring.linear, ...change.linear } };
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
