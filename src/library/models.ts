import { PumaError } from '../errors.ts';
import { loadRegistry, type RegisteredModel } from '../loaders/registry.ts';
import { resolveModel } from '../loaders/resolve.ts';

/** A model of the registry, and where it is on this disk. */
export type KnownModel = Pick<RegisteredModel, 'name' | 'architecture' | 'task' | 'maxTokens' | 'sizes'> & {
  ring: Pick<RegisteredModel['ring'], 'bits' | 'fractionBits' | 'linear'>;
  source: 'bundled' | 'huggingface';
  /** Null where it is not here, for the reason `missing`. */
  folder: string | null;
  missing: PumaError | null;
};

/** The registry, and what of it is on this disk. */
export const listModels = (): Promise<KnownModel[]> => Promise.all([...loadRegistry().models.values()].map(knownModel));

async function knownModel(entry: RegisteredModel): Promise<KnownModel> {
  const { name, architecture, task, maxTokens, sizes, ring, source } = entry;
  const place = await resolveModel(name).then(
    ({ folder = null }) => ({ folder, missing: null }),
    (error) => {
      if (!(error instanceof PumaError)) throw error;
      return { folder: null, missing: error };
    },
  );
  const { bits, fractionBits, linear } = ring;
  const from = 'bundled' in source ? 'bundled' : 'huggingface';
  return { name, architecture, task, maxTokens, sizes, ring: { bits, fractionBits, linear }, source: from, ...place };
}
