import { PumaError } from '../errors.ts';
import { loadRegistry, type RegisteredModel } from '../loaders/registry.ts';
import { resolveModel } from '../loaders/resolve.ts';
import { describeModels, type ModelRow } from '../report/models.ts';
import { terminalStyle } from './style.ts';
import { JSON_OPTION, type Verb } from './verb.ts';

/** `puma models`: the registry, and what of it is on this disk. */
export const models: Verb<{ json?: boolean }> = {
  name: 'models',
  summary: 'list known models and where they are',
  options: [JSON_OPTION],
  examples: ['puma models'],
  async run({ json }) {
    const rows = await Promise.all([...loadRegistry().models.values()].map(rowOf));
    return json ? JSON.stringify({ models: rows }) : describeModels(rows, terminalStyle());
  },
};

async function rowOf({ name, architecture, task, maxTokens, sizes, ring, source }: RegisteredModel): Promise<ModelRow> {
  const place = await resolveModel(name).then(
    ({ folder = null }) => ({ folder, hint: null }),
    (error) => ({ folder: null, hint: 'huggingface' in source ? `puma pull ${name}` : hintOf(error) }),
  );
  const { bits, fractionBits, linear } = ring;
  const from = 'bundled' in source ? 'bundled' : 'huggingface';
  return { name, architecture, task, maxTokens, sizes, ring: { bits, fractionBits, linear }, source: from, ...place };
}

function hintOf(error: unknown): string {
  if (error instanceof PumaError) return error.hint ?? error.message;
  throw error;
}
