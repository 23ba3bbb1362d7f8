import { mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readGeneration } from '../../src/loaders/generation.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();

async function folder(name: string, generation?: unknown): Promise<string> {
  await mkdir(path(name));
  const text = typeof generation === 'string' ? generation : JSON.stringify(generation);
  if (generation !== undefined) await writeFile(path(name, 'generation_config.json'), text);
  return path(name);
}

const NONE = { eosIds: [], samples: false, sampling: {}, steering: {}, stop: [], warnings: [] };

const CASES: [what: string, generation: unknown, config: Record<string, unknown>, found: object][] = [
  ['nothing', undefined, {}, { file: 'FOLDER/config.json' }],
  [
    'config.json alone',
    undefined,
    { eos_token_id: 2, bos_token_id: 1, pad_token_id: 0, repetition_penalty: 2, quirk: 1 },
    { file: 'FOLDER/config.json', eosIds: [2], bosId: 1, padId: 0, steering: { repetition_penalty: 2 } },
  ],
  ['its own file alone', { eos_token_id: 5 }, { eos_token_id: 2, bos_token_id: 1 }, { eosIds: [5] }],
  ['several ends', { eos_token_id: [7, 9, 7] }, { eos_token_id: 2 }, { eosIds: [7, 9] }],
  ['null is silence', { eos_token_id: null, pad_token_id: null, top_k: null }, { eos_token_id: [3] }, {}],
  ['id 0', { eos_token_id: 0, bos_token_id: 0 }, {}, { eosIds: [0], bosId: 0 }],
  ['below 0', { eos_token_id: [-1], pad_token_id: -1 }, {}, { eosIds: [-1], padId: -1 }],
  ['lengths', { max_length: 90, max_new_tokens: 7 }, {}, { maxLength: 90, maxNewTokens: 7 }],
  ['a stop text', { stop_strings: '.' }, {}, { stop: ['.'] }],
  ['drawn', { do_sample: true }, {}, { samples: true, sampling: { temperature: 1, topK: 50 } }],
  [
    'drawn, as it says',
    { do_sample: true, temperature: 0.6, top_k: 0, top_p: 0.9, min_p: 0.1 },
    {},
    { samples: true, sampling: { temperature: 0.6, topP: 0.9, minP: 0.1 } },
  ],
  ['not drawn', { temperature: 0.6, top_k: 5 }, {}, { sampling: { temperature: 0.6, topK: 5 } }],
  ['beams', { num_beams: 4 }, {}, { beyond: { key: 'num_beams', value: 4, what: 'a search with beams' } }],
  [
    'contrast',
    { penalty_alpha: 0.6, top_k: 4 },
    {},
    { sampling: { topK: 4 }, beyond: { key: 'penalty_alpha', value: 0.6, what: 'a contrastive search' } },
  ],
  ['what means nothing', { num_beams: 1, guidance_scale: 1, length_penalty: 2, transformers_version: '5' }, {}, {}],
  [
    'what nobody knows',
    { quirk: { a: 1 }, max_time: 3, cache_implementation: 'quantized', other: null },
    {},
    {
      warnings: [
        'generation_config.json: quirk is not known and was not used: {"a":1}',
        'generation_config.json: max_time is not known and was not used: 3',
        'generation_config.json: cache_implementation is not known and was not used: "quantized"',
      ],
    },
  ],
];

test.each(CASES)('%s', async (what, generation, config, found) => {
  const at = await folder(what, generation);
  const read = await readGeneration(at, config);
  const file = 'FOLDER/generation_config.json';
  expect({ ...read, file: read.file.replace(at, 'FOLDER') }).toEqual({ ...NONE, file, ...found });
});

const REFUSED: [what: string, generation: unknown, message: string][] = [
  ['no JSON', 'x', ` is not JSON: Unexpected token 'x', "x" is not valid JSON`],
  ['a list', [], ': Invalid input: expected object, received array'],
  ['words', { eos_token_id: 'two' }, ': eos_token_id: expected a token id or a list of them'],
  ['half', { bos_token_id: 0.5 }, ': bos_token_id: expected a whole number'],
  ['no penalty', { repetition_penalty: 0 }, ': repetition_penalty: expected a number above 0'],
  ['a bad word', { bad_words_ids: [3] }, ': bad_words_ids.0: expected a list of token ids'],
  ['a share', { top_p: 1.5 }, ': top_p: expected 0 to 1'],
];

test.each(REFUSED)('refused: %s', async (what, generation, message) => {
  const at = await folder(`refused ${what}`, generation);
  const said = (await refusal(readGeneration(at, {}))).replace(at, 'FOLDER');
  expect(said).toBe(`E_CHECKPOINT FOLDER/generation_config.json${message}`);
});
