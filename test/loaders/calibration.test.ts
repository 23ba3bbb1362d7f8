import { readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import {
  CALIBRATION_FORMAT,
  type Calibration,
  configHash,
  readCalibration,
  writeCalibration,
} from '../../src/loaders/calibration.ts';
import { refusal, scratch } from './helpers.ts';

const path = scratch();

const CONFIG = { model_type: 'bert', hidden_size: 4 };

const CALIBRATION: Calibration = {
  format: CALIBRATION_FORMAT,
  created: '2024-05-06T07:08:09.000Z',
  model: 'small',
  config: configHash(CONFIG),
  data: { file: 'texts.txt', texts: 2, tokens: 9, cut: 0 },
  linear: { bits: 52, input: 18, weight: 18 },
  sites: [
    { site: 'layer.0.up activation input', range: { most: 12 }, bound: { most: 252.4 }, room: 4.39 },
    { site: 'layer.0 variance', range: { least: 0.1, most: 2 }, bound: { least: 0.01, most: 9 }, room: 2.17 },
    { site: 'layer.0.attention scores', range: { most: 3 } },
  ],
};

test('is read as it was written, whatever the order of the keys of config.json', async () => {
  await writeCalibration(path('one.json'), CALIBRATION);
  expect(await readCalibration(path('one.json'), { hidden_size: 4, model_type: 'bert' })).toEqual(CALIBRATION);
  await writeCalibration(path('one.json'), { ...CALIBRATION, model: 'other' });
  expect(await readCalibration(path('one.json'), CONFIG)).toMatchObject({ model: 'other' });
  expect((await readdir(path())).filter((name) => name.includes('partial'))).toEqual([]);
});

test('none', async () => {
  expect(await readCalibration(path('none.json'), CONFIG)).toBeUndefined();
});

test('of another model', async () => {
  await writeCalibration(path('stale.json'), CALIBRATION);
  expect(await refusal(readCalibration(path('stale.json'), { ...CONFIG, hidden_size: 8 }))).toBe(
    `E_CALIBRATION ${path('stale.json')} was made for another config.json`,
  );
});

test.each([
  ['{', /^E_CALIBRATION .*bad\.json is not JSON: /],
  ['{}', /^E_CALIBRATION .*bad\.json: format: Invalid input: expected "puma-calibration\/1"$/],
  [JSON.stringify({ ...CALIBRATION, config: 'x' }), /^E_CALIBRATION .*bad\.json: config: not a SHA-256 sum$/],
  [
    JSON.stringify({ ...CALIBRATION, sites: [{ site: 'a', range: { most: -1 } }] }),
    /^E_CALIBRATION .*bad\.json: sites\.0\.range\.most: Too small/,
  ],
])('spoilt: %s', async (text, message) => {
  await writeFile(path('bad.json'), text);
  expect(await refusal(readCalibration(path('bad.json'), CONFIG))).toMatch(message);
});

test('nothing else is overwritten', async () => {
  await writeFile(path('config.json'), '{"model_type": "bert"}');
  expect(await refusal(writeCalibration(path('config.json'), CALIBRATION))).toBe(
    `E_EXISTS ${path('config.json')} is not replaced: it is no calibration`,
  );
  expect(await readFile(path('config.json'), 'utf8')).toBe('{"model_type": "bert"}');
});
