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

const CASES: [what: string, generation: unknown, config: Record<string, unknown>, found: unknown][] = [
  ['nothing', undefined, {}, { eosIds: [] }],
  [
    'config.json alone',
    undefined,
    { eos_token_id: 2, bos_token_id: 1, pad_token_id: 0 },
    { eosIds: [2], bosId: 1, padId: 0 },
  ],
  ['its own file', { eos_token_id: 5 }, { eos_token_id: 2, bos_token_id: 1 }, { eosIds: [5], bosId: 1 }],
  ['several ends', { eos_token_id: [7, 9, 7] }, { eos_token_id: 2 }, { eosIds: [7, 9] }],
  ['null is silence', { eos_token_id: null, pad_token_id: null }, { eos_token_id: [3] }, { eosIds: [3] }],
  ['id 0', { eos_token_id: 0, bos_token_id: 0 }, { eos_token_id: 2, bos_token_id: 1 }, { eosIds: [0], bosId: 0 }],
];

test.each(CASES)('%s', async (what, generation, config, found) => {
  expect(await readGeneration(await folder(what, generation), config)).toEqual(found);
});

const REFUSED: [what: string, generation: unknown, config: Record<string, unknown>, message: string][] = [
  ['no JSON', 'x', {}, `FOLDER/generation_config.json is not JSON: Unexpected token 'x', "x" is not valid JSON`],
  ['a list', [], {}, 'FOLDER/generation_config.json: Invalid input: expected object, received array'],
  [
    'words',
    { eos_token_id: 'two' },
    {},
    'FOLDER/generation_config.json: eos_token_id: expected a token id or a list of them',
  ],
  [
    'below 0',
    { eos_token_id: [-1] },
    {},
    'FOLDER/generation_config.json: eos_token_id.0: Too small: expected number to be >=0',
  ],
  [
    'half',
    { bos_token_id: 0.5 },
    {},
    'FOLDER/generation_config.json: bos_token_id: Invalid input: expected int, received number',
  ],
  [
    'config.json',
    undefined,
    { pad_token_id: -1 },
    'FOLDER/config.json: pad_token_id: Too small: expected number to be >=0',
  ],
];

test.each(REFUSED)('refused: %s', async (what, generation, config, message) => {
  const at = await folder(`refused ${what}`, generation);
  expect((await refusal(readGeneration(at, config))).replace(at, 'FOLDER')).toBe(`E_CHECKPOINT ${message}`);
});
