import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { firstIssue, readJson } from '../files/json.ts';
import type { Sampling, Steering } from '../heads/steering.ts';
import { unknownKeys } from '../models/keys/table.ts';
import { GENERATION_KEYS } from './generation-keys.ts';

/** How a checkpoint wants texts to go on. */
export type Generation = {
  /** The file that says so. */
  file: string;
  /** Any of these ends a text; empty when none is known. */
  eosIds: readonly number[];
  bosId?: number;
  padId?: number;
  steering: Steering;
  /** Whether tokens are drawn; and how, then or when somebody asks for it. */
  samples: boolean;
  sampling: Sampling;
  /** How many tokens a text has at most, its prompt included; and how many follow. */
  maxLength?: number;
  maxNewTokens?: number;
  stop: readonly string[];
  /** What nobody does here: the key, its value, and what it asks for. */
  beyond?: { key: string; value: unknown; what: string };
  /** A line for each key that is not used. */
  warnings: readonly string[];
};

const Id = z.int('expected a whole number');
const Ids = z.array(Id, 'expected a list of token ids');
const OneOrMore = z.union([Id, Ids], 'expected a token id or a list of them');
const Count = z.int('expected a whole number').min(0, 'expected a whole number from 0 on');
const Share = z.number('expected a number').min(0, 'expected 0 to 1').max(1, 'expected 0 to 1');
const Positive = z.number('expected a number above 0').positive('expected a number above 0');
const Flag = z.boolean('expected true or false');

/** What is read; null is silence. */
const Settings = z.looseObject({
  ...{ eos_token_id: OneOrMore.nullish(), bos_token_id: Id.nullish(), pad_token_id: Id.nullish() },
  ...{ max_length: Count.nullish(), max_new_tokens: Count.nullish() },
  stop_strings: z.union([z.string(), z.array(z.string())], 'expected a text or a list of them').nullish(),
  ...{ min_length: Count.nullish(), min_new_tokens: Count.nullish() },
  ...{ repetition_penalty: Positive.nullish(), no_repeat_ngram_size: Count.nullish() },
  bad_words_ids: z.array(Ids.min(1), 'expected a list of lists of token ids').nullish(),
  sequence_bias: z.array(z.tuple([Ids.min(1), z.number()]), 'expected a list of [token ids, number]').nullish(),
  ...{ forced_bos_token_id: Id.nullish(), forced_eos_token_id: OneOrMore.nullish() },
  exponential_decay_length_penalty: z.tuple([Count, Positive], 'expected [start, factor]').nullish(),
  ...{ suppress_tokens: Ids.nullish(), begin_suppress_tokens: Ids.nullish() },
  ...{ do_sample: Flag.nullish(), temperature: z.number().min(0).nullish(), top_k: Count.nullish() },
  ...{ top_p: Share.nullish(), top_h: Share.nullish(), min_p: Share.nullish(), typical_p: Share.nullish() },
  ...{ epsilon_cutoff: Share.nullish(), eta_cutoff: Share.nullish() },
});

type Settings = z.infer<typeof Settings>;

/** Reads generation_config.json; where there is none, config.json (`config`) stands for it, as in transformers. */
export async function readGeneration(folder: string, config: Record<string, unknown>): Promise<Generation> {
  const file = join(folder, 'generation_config.json');
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (!there) return { ...generationOf(check(config, join(folder, 'config.json'))), warnings: [] };
  const json = check(await readJson(file, 'E_CHECKPOINT', hintFor(file)), file);
  return { ...generationOf(json), warnings: unknownKeys('generation_config.json', json, [GENERATION_KEYS]) };

  function generationOf(settings: Settings): Omit<Generation, 'warnings'> {
    const { eos_token_id: eos, bos_token_id: bosId, pad_token_id: padId, stop_strings: stop } = settings;
    const { max_length: maxLength, max_new_tokens: maxNewTokens } = settings;
    return {
      file: there ? file : join(folder, 'config.json'),
      eosIds: [...new Set(listOf(eos))],
      ...given({ bosId, padId, maxLength, maxNewTokens, beyond: beyondOf(settings) }),
      steering: steeringOf(settings),
      samples: settings.do_sample === true,
      sampling: samplingOf(settings),
      stop: listOf(stop),
    };
  }
}

const listOf = <T>(value: T | T[] | null | undefined): T[] =>
  value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Without what is null or undefined. */
function given<T extends object>(all: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const there = Object.entries(all).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** As in transformers, a least number of new tokens counts instead of a least length. */
function steeringOf(settings: Settings): Steering {
  const { sequence_bias, repetition_penalty, no_repeat_ngram_size, bad_words_ids, min_new_tokens } = settings;
  const min_length = typeof min_new_tokens === 'number' ? undefined : settings.min_length;
  const { forced_bos_token_id, forced_eos_token_id: forced, exponential_decay_length_penalty } = settings;
  const { suppress_tokens, begin_suppress_tokens } = settings;
  return given({
    ...{ sequence_bias, repetition_penalty, no_repeat_ngram_size, bad_words_ids, min_length, min_new_tokens },
    ...{ forced_bos_token_id, forced_eos_token_id: forced === null || forced === undefined ? forced : listOf(forced) },
    ...{ exponential_decay_length_penalty, suppress_tokens, begin_suppress_tokens },
  });
}

/** Where a file has tokens drawn, transformers draws them among 50 unless it says otherwise; 0 is among all. */
function samplingOf(settings: Settings): Sampling {
  const { do_sample: samples, temperature, top_h: topH, top_k, top_p: topP } = settings;
  const { min_p: minP, typical_p: typicalP, epsilon_cutoff: epsilonCutoff, eta_cutoff: etaCutoff } = settings;
  const topK = top_k ?? (samples ? 50 : undefined);
  const how = { topH, topK: topK || undefined, topP, minP, typicalP, epsilonCutoff, etaCutoff };
  return given({ temperature: temperature ?? (samples ? 1 : undefined), ...how });
}

/** The first thing that takes more than choosing one token after the other. */
function beyondOf(settings: Settings): Generation['beyond'] {
  const { num_beams: beams, num_return_sequences: several, penalty_alpha: alpha, guidance_scale: guidance } = settings;
  const asked: [key: string, is: boolean, what: string][] = [
    ['num_beams', typeof beams === 'number' && beams > 1, 'a search with beams'],
    ['num_return_sequences', typeof several === 'number' && several > 1, 'several texts'],
    [
      'penalty_alpha',
      typeof alpha === 'number' && alpha > 0 && (settings.top_k ?? 50) > 1 && !settings.do_sample,
      'a contrastive search',
    ],
    ['guidance_scale', typeof guidance === 'number' && guidance !== 1, 'a second text to guide the first'],
    ['token_healing', settings.token_healing === true, 'other tokens at the end of the prompt'],
    ...['watermarking_config', 'dola_layers', 'constraints', 'force_words_ids'].map(
      (key): [string, boolean, string] => [key, settings[key] !== null && settings[key] !== undefined, 'it'],
    ),
  ];
  const first = asked.find(([, is]) => is);
  return first && { key: first[0], value: settings[first[0]], what: first[2] };
}

function check(json: unknown, path: string): Settings {
  const parsed = Settings.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PumaError('E_CHECKPOINT', `${path}: ${firstIssue(parsed.error)}`, hintFor(path));
}

const hintFor = (path: string): string =>
  `Correct it, or fetch the model's ${path.endsWith('generation_config.json') ? 'generation_config.json' : 'config.json'} again.`;
