/** What an answer does not depend on is no reason to refuse it; what it depends on is named. */
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { startParties } from '../../src/index.ts';
import { randomWeights, type Weights } from '../models/tiny-bert.ts';
import { refusal } from '../shares/helpers.ts';
import { SMALL, world, writeCheckpoint } from './world.ts';

const { at, call } = world();

const WORD_ROWS = 'bert.embeddings.word_embeddings.weight';
const POSITIONS = 'bert.embeddings.position_embeddings.weight';
const [PAD, Z, LAST] = [0, 30, 63];

/** The weights of `model`, which `change` spoils. */
async function checkpoint(name: string, change: (weights: Weights) => void): Promise<void> {
  const weights = randomWeights(SMALL);
  change(weights);
  await writeCheckpoint(at(name), { weights });
}

const spoil = (weights: Weights, name: string, row: number, value = Number.NaN) =>
  void weights.get(name)!.data.fill(value, row * SMALL.hidden_size, row * SMALL.hidden_size + 1);

const vector = () => ({ shape: [2], data: Float32Array.of(Number.NaN, 1) });

beforeAll(async () => {
  await checkpoint('rows', (weights) => {
    spoil(weights, WORD_ROWS, PAD);
    spoil(weights, WORD_ROWS, Z, Number.NEGATIVE_INFINITY);
    spoil(weights, POSITIONS, LAST);
  });
  await checkpoint('gain', (weights) => spoil(weights, 'bert.encoder.layer.1.output.LayerNorm.weight', 0));
  await checkpoint('more', (weights) => {
    const names = ['bert.extra', 'cls.predictions.bias', ...Array.from({ length: 5 }, (_, i) => `lora.${i}`)];
    for (const name of names) weights.set(name, vector());
    weights.set('bert.embeddings.position_ids', vector());
  });
});

const WARNINGS = [
  '2 rows of embeddings.table are not finite in the checkpoint: a text that needs one is refused (0, 30)',
  '1 row of embeddings.position is not finite in the checkpoint: a text that needs one is refused (63)',
];

describe('rows that are not finite', () => {
  test.each([[[]], [['--pad-to', '64']]])('nothing of a text that does not need them changes: %j', async (more) => {
    const ask = (model: string) => call('infer', '--model', model, '--text', 'a b', ...more, '--json');
    const [right, rows] = [await ask('model'), await ask('rows')];
    expect(rows.stderr.split('\n')).toEqual(WARNINGS.map((warning) => `puma: ${warning}`));
    const [expected, report] = [JSON.parse(right.stdout), JSON.parse(rows.stdout)];
    expect(report.warnings).toEqual(WARNINGS);
    expect(report.tokenizer).toEqual({ engine: 'tokenizers' });
    for (const [i, logit] of expected.results[0].logits.entries()) {
      expect(report.results[0].logits[i]).toBeCloseTo(logit, 2);
    }
  });

  test('a text that needs one is refused, of shares too', async () => {
    const shared = await call('share-weights', '--model', 'rows', '--out', 'shares');
    expect(shared.stderr.split('\n')).toEqual(WARNINGS.map((warning) => `puma: ${warning}`));
    const parties = await startParties({ model: at('rows'), shares: at('shares') });
    try {
      const of = 'not finite in the checkpoint';
      expect(await refusal(parties.infer({ text: 'a z' }))).toBe(
        `E_TOKEN token 30 at 2 needs row 30 of embeddings.table, which is ${of}`,
      );
      expect(await refusal(parties.infer({ ids: [2, PAD, 3] }))).toBe(
        `E_TOKEN token 0 at 1 needs row 0 of embeddings.table, which is ${of}`,
      );
      expect(await refusal(parties.infer({ ids: Array(64).fill(5) }))).toBe(
        `E_TOKEN token 5 at 63 needs row 63 of embeddings.position, which is ${of}`,
      );
      expect((await parties.infer({ text: 'a y' })).warnings).toEqual(WARNINGS);
    } finally {
      await parties.close();
    }
  });
});

test('a tensor that is used is named as the file has it', async () => {
  const { stderr, exitCode } = await call('infer', '--model', 'gain', '--text', 'a');
  const message = 'element 0 of "bert.encoder.layer.1.output.LayerNorm.weight" is NaN: not finite (E_RANGE)';
  const hint = 'The checkpoint is damaged: fetch it again.';
  expect([stderr.split('\n'), exitCode]).toEqual([[`puma: ${message}`, `  ${hint}`], 2]);
});

test('tensors that the model does not have are named in one line', async () => {
  const { stderr, stdout } = await call('infer', '--model', 'more', '--text', 'a b', '--json');
  const names = 'bert.extra, cls.predictions.bias, lora.0, lora.1, lora.2 and 2 more';
  const warning = `tensors of the checkpoint that the model does not have were not used: ${names}`;
  expect([stderr, JSON.parse(stdout).warnings]).toEqual([`puma: ${warning}`, [warning]]);
});

test('a tokenizer may have more tokens than the model has rows, and pad with one of them', async () => {
  const words = (await readFile(at('model', 'vocab.txt'), 'utf8')).trim().split('\n');
  await writeCheckpoint(at('tokens'), { words: [...words, 'more', '[NEW]'] });
  const config = { tokenizer_class: 'BertTokenizer', pad_token: '[NEW]' };
  await writeFile(at('tokens', 'tokenizer_config.json'), JSON.stringify(config));
  const ask = (model: string, text: string) =>
    call('infer', '--model', model, '--text', text, '--pad-to', '8', '--json');
  const logits = ({ stdout }: { stdout: string }): number[] => JSON.parse(stdout).results[0].logits;
  const [right, more] = [logits(await ask('model', 'a b')), logits(await ask('tokens', 'a b'))];
  for (const [i, logit] of right.entries()) expect(more[i]).toBeCloseTo(logit, 2);
  const { stderr } = await ask('tokens', 'a more');
  expect(stderr.split('\n')[0]).toBe('puma: token id 31 at 2 is not in 0..30 (E_TOKEN)');
});
