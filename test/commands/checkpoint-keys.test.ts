/** What people are told of a checkpoint's files, and of options that mean nothing to a model. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { infer, shareWeights, startParties } from '../../src/index.ts';
import { refusal } from '../shares/helpers.ts';
import { world } from './world.ts';

const { at, call } = world();
const MODELS = join(projectRoot(), 'test/golden/models');

/** A checkpoint of the golden ones with other keys, and with a generation_config.json. */
async function checkpoint(name: string, model: string, keys: object, generation?: object): Promise<void> {
  await cp(join(MODELS, model), at(name), { recursive: true });
  const config = JSON.parse(await readFile(at(name, 'config.json'), 'utf8'));
  await writeFile(at(name, 'config.json'), JSON.stringify({ ...config, ...keys }));
  if (generation) await writeFile(at(name, 'generation_config.json'), JSON.stringify(generation));
}

const IDS = ['--input-ids', '7,1,30', '--json'];

beforeAll(async () => {
  await checkpoint('quirky', 'gpt2-tied', { quirk: 7, n_embd: 16 }, { do_sample: true, max_time: 3 });
  await checkpoint('penal', 'gpt2-tied', {}, { repetition_penalty: 1.3 });
  await checkpoint('beams', 'gpt2-tied', {}, { num_beams: 4 });
  await checkpoint('dynamic', 'llama-dynamic', {});
  await checkpoint('packed', 'llama-grouped', { quantization_config: { bits: 4 } });
  await checkpoint('labels', 'roberta-three-labels', {});
  await checkpoint('bare', 'roberta-bare', {});
});

test('what is not used is said on standard error and in the report', async () => {
  const warnings = [
    'config.json: quirk is not known and was not used: 7',
    'generation_config.json: max_time is not known and was not used: 3',
    'generation_config.json: do_sample is true, but the likeliest token is taken each time: drawing one takes logits',
  ];
  const { stdout, stderr } = await call('infer', '--model', 'quirky', ...IDS, '--max-new-tokens', '2');
  expect(stderr.split('\n')).toEqual(warnings.map((warning) => `puma: ${warning}`));
  expect(JSON.parse(stdout).warnings).toEqual(warnings);
  const cost = await call('cost', '--model', 'quirky', '--json');
  expect([cost.stderr, JSON.parse(cost.stdout).warnings]).toEqual([`puma: ${warnings[0]}`, [warnings[0]]]);
  const ignoring = await call(
    'infer',
    '--model',
    'quirky',
    ...IDS,
    '--max-new-tokens',
    '1',
    '--ignore-generation-config',
  );
  expect(ignoring.stderr).not.toContain('do_sample');
  const silent = await call('infer', '--model', 'labels', '--input-ids', '0,5,2', '--json');
  expect([silent.stderr, 'warnings' in JSON.parse(silent.stdout)]).toEqual(['', false]);
});

describe('refused', () => {
  const out = 'Leave out';
  const cases: [args: string[], message: string, hint: string][] = [
    [
      ['penal', ...IDS],
      './penal/generation_config.json: repetition_penalty is 1.3, which changes logits, and the client is shown tokens alone (E_GENERATION)',
      'Add --ignore-generation-config to go on without what the file says, or --reveal logits to have the client do it.',
    ],
    [
      ['beams', ...IDS, '--reveal', 'logits'],
      './beams/generation_config.json: num_beams is 4: a search with beams is not supported (E_GENERATION)',
      'Add --ignore-generation-config to go on without what the file says.',
    ],
    [
      ['dynamic', ...IDS, '--pad-to', '9'],
      '--pad-to is 9: beyond 8 tokens the answer depends on the length of the text (rope_type dynamic in config.json) (E_LENGTH)',
      'Leave out --pad-to, or choose 8 or less.',
    ],
    [
      ['packed', ...IDS],
      'config.json: quantization_config is {"bits":4}: quantised weights are not supported (E_CONFIG)',
      'use a checkpoint that was saved without it',
    ],
    [
      ['labels', '--input-ids', '0,5,1,6,2'],
      'token 1 at 2 is pad_token_id of config.json, for which RoBERTa has no position (E_TOKEN)',
      'Leave it out of the text; --pad-to hides a length.',
    ],
    ...[
      ['--max-new-tokens', '3'],
      ['--stop', 'x'],
      ['--reveal', 'token'],
      ['--temperature', '1'],
      ['--top-k', '3'],
      ['--top-p', '0.5'],
      ['--seed', '1'],
      ['--ignore-generation-config'],
      ['--prompt', 'x'],
    ].map(([flag, ...value]): [string[], string, string] => [
      ['labels', '--input-ids', '0,5,2', flag!, ...value],
      `${flag} is for a model that generates; labels classifies (E_OPTION)`,
      `${out} ${flag}.`,
    ]),
    [
      ['bare', '--input-ids', '0,5,2', '--max-new-tokens', '3'],
      '--max-new-tokens is for a model that generates; bare embeds (E_OPTION)',
      `${out} --max-new-tokens.`,
    ],
    [
      ['penal', '--text', 'a', '--text-pair', 'b'],
      '--text-pair is for a model that does not generate; penal generates (E_OPTION)',
      `${out} --text-pair.`,
    ],
  ];

  test.each(cases)('%j', async ([model, ...args], message, hint) => {
    const { stderr, exitCode } = await call('infer', '--model', model!, ...args);
    expect([stderr.split('\n'), exitCode]).toEqual([[`puma: ${message}`, `  ${hint}`], 2]);
  });

  test('logits that a model does not have cannot be permitted', async () => {
    const { stderr } = await call('share-weights', '--model', 'labels', '--permit-logits', '--out', 'shares');
    expect(stderr.split('\n')[0]).toBe(
      'puma: --permit-logits is for a model that generates; labels classifies (E_OPTION)',
    );
  });

  test('by the library too', async () => {
    const labels = { model: at('labels') };
    const shared = shareWeights({ ...labels, out: at('shares'), reveal: 'logits' });
    expect(await refusal(shared)).toBe('E_OPTION reveal is for a model that generates; labels classifies');
    await using parties = await startParties({ model: at('quirky') });
    const pieces = parties.generate({ ids: [7, 1, 30], maxNewTokens: 1 });
    for await (const { id } of pieces) expect(id).toBeTypeOf('number');
    expect(parties.report().warnings).toHaveLength(3);
    const answer = await infer({ ...labels, ids: [0, 5, 2] });
    expect('warnings' in answer).toBe(false);
  });
});
