import { readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { CALIBRATION_FORMAT, type Calibration, readCalibration, writeCalibration } from '../../src/plans/file.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();

const PLAN: Calibration = {
  format: CALIBRATION_FORMAT,
  created: '2024-05-06T07:08:09.000Z',
  model: 'small',
  digest: '0123456789abcdef'.repeat(4),
  data: { file: 'texts.txt', texts: 2, tokens: 9, cut: 0 },
  margin: 2,
  ring: { ...loadRegistry().defaults.ring, sites: { 'layer.3.down': { bits: 57, results: 19 } } },
  sites: [
    { site: 'layer.0.up activation input', range: { most: 12 }, bound: { most: 60.4 }, room: 2.33 },
    { site: 'layer.0 variance', range: { least: 0.1, most: 2 }, bound: { least: 0.01, most: 9 }, room: 2.17 },
    { site: 'layer.0.attention scores', range: { most: 0 }, bound: { most: 256 } },
  ],
  price: {
    ...{ tokens: 5, padded: false },
    default: { bytes: 1000, rounds: 10, seconds: 0.5 },
    plan: { bytes: 900, rounds: 10, seconds: 0.4 },
  },
};

test('is read as it was written; replaced by another one, or where an older calibration was', async () => {
  await writeCalibration(path('one.json'), PLAN);
  expect(await readCalibration(path('one.json'))).toEqual(PLAN);
  await writeCalibration(path('one.json'), { ...PLAN, model: 'other' });
  expect(await readCalibration(path('one.json'))).toMatchObject({ model: 'other' });
  await writeFile(path('one.json'), '{"format": "puma-calibration/1"}');
  await writeCalibration(path('one.json'), PLAN);
  expect(await readCalibration(path('one.json'))).toEqual(PLAN);
  expect((await readdir(path())).filter((name) => name.includes('partial'))).toEqual([]);
});

test.each([
  [undefined, /^E_MISSING .*bad\.json does not exist$/],
  ['{', /^E_CALIBRATION .*bad\.json is not JSON: /],
  ['{}', /^E_CALIBRATION .*bad\.json: format: Invalid input: expected "puma-plan\/1"$/],
  [
    '{"format": "puma-calibration/1"}',
    /^E_CALIBRATION .*bad\.json has the format "puma-calibration\/1"; this version reads puma-plan\/1$/,
  ],
  [JSON.stringify({ ...PLAN, digest: 'x' }), /^E_CALIBRATION .*bad\.json: digest: not a SHA-256 sum$/],
  [
    JSON.stringify({ ...PLAN, sites: [{ site: 'a', range: { most: -1 }, bound: { most: 1 } }] }),
    /^E_CALIBRATION .*bad\.json: sites\.0\.range\.most: Too small/,
  ],
  [
    JSON.stringify({ ...PLAN, ring: { ...PLAN.ring, sites: { 'layer.0.attention.scores': { integers: 40 } } } }),
    /^E_CALIBRATION .*bad\.json: ring: ring\.sites\.layer\.0\.attention\.scores\.integers: Too big/,
  ],
  [JSON.stringify({ ...PLAN, more: 1 }), /^E_CALIBRATION .*bad\.json: Unrecognized key: "more"$/],
])('spoilt: %s', async (text, message) => {
  if (text !== undefined) await writeFile(path('bad.json'), text);
  expect(await refusal(readCalibration(path('bad.json')))).toMatch(message);
});

test('nothing else is overwritten', async () => {
  await writeFile(path('config.json'), '{"model_type": "bert"}');
  expect(await refusal(writeCalibration(path('config.json'), PLAN))).toBe(
    `E_EXISTS ${path('config.json')} is not replaced: it is no plan of a model`,
  );
  expect(await readFile(path('config.json'), 'utf8')).toBe('{"model_type": "bert"}');
});
