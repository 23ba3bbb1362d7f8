import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { firstIssue, readJson } from '../files/json.ts';

/** Ids that steer generation. */
export type Generation = {
  /** Any of these ends a text; empty when none is known. */
  eosIds: readonly number[];
  bosId?: number;
  padId?: number;
};

const Id = z.int().min(0);
const Settings = z.looseObject({
  eos_token_id: z.union([Id, z.array(Id)], 'expected a token id or a list of them').nullish(),
  bos_token_id: Id.nullish(),
  pad_token_id: Id.nullish(),
});

/** Reads generation_config.json; what it does not say, `config` (of config.json) does. */
export async function readGeneration(folder: string, config: Record<string, unknown>): Promise<Generation> {
  const path = join(folder, 'generation_config.json');
  const there = await access(path).then(
    () => true,
    () => false,
  );
  const hint = "Fetch the model's generation_config.json again.";
  const own = there ? check(await readJson(path, 'E_CHECKPOINT', hint), path, hint) : {};
  const configHint = "Fetch the model's config.json again.";
  const general = check(config, join(folder, 'config.json'), configHint);
  const eos = own.eos_token_id ?? general.eos_token_id ?? [];
  const bosId = own.bos_token_id ?? general.bos_token_id;
  const padId = own.pad_token_id ?? general.pad_token_id;
  return {
    eosIds: [...new Set(typeof eos === 'number' ? [eos] : eos)],
    ...(typeof bosId === 'number' && { bosId }),
    ...(typeof padId === 'number' && { padId }),
  };
}

function check(json: unknown, path: string, hint: string): z.infer<typeof Settings> {
  const parsed = Settings.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PumaError('E_CHECKPOINT', `${path}: ${firstIssue(parsed.error)}`, hint);
}
