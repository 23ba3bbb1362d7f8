/** A model with the rings of its plan, and plans that are refused. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { beforeEach, expect, test } from 'vitest';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import type { Calibration } from '../../src/plans/file.ts';
import { type PlanUse, withPlan } from '../../src/plans/planned-model.ts';
import { flip, refusal, scratch } from '../shares/helpers.ts';
import { golden, writePlan } from './planned.ts';

const path = scratch();
const DEFAULT = loadRegistry().defaults.ring;
const TIGHT = { ...DEFAULT, linear: { bits: 26, input: 12, weight: 12, results: 14 } };
const beside = () => path('model', 'calibration.json');

let plan: Calibration;

beforeEach(async () => {
  await rm(path('model'), { recursive: true, force: true });
  await cp(golden('llama-tied'), path('model'), { recursive: true });
  plan = await writePlan(path('model'), beside());
});

const planned = async (use: PlanUse = {}) => {
  const { ring, calibration } = await withPlan(await resolveModel(path('model')), use);
  return { ring, calibration };
};

const edit = async (change: Partial<Calibration>) => writeFile(beside(), JSON.stringify({ ...plan, ...change }));

test('the plan beside the weights, or one that is named, or none', async () => {
  const status = { file: beside(), status: 'planned' };
  expect(await planned()).toEqual({ ring: plan.ring, calibration: status });
  await cp(beside(), path('other.json'));
  await edit({ ring: DEFAULT });
  const named = { file: path('other.json'), status: 'planned' };
  expect(await planned({ calibration: path('other.json') })).toEqual({ ring: plan.ring, calibration: named });
  await rm(beside());
  expect(await planned()).toEqual({ ring: DEFAULT, calibration: undefined });
});

test('rings that are decided already are checked only', async () => {
  const hint = 'Do something.';
  expect(await planned({ fixed: { ring: DEFAULT, hint } })).toEqual({
    ring: DEFAULT,
    calibration: { file: beside(), status: 'checked' },
  });
  const error = await planned({ fixed: { ring: TIGHT, hint } }).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'E_RANGE', hint, exitCode: 2 });
  expect(error.message).toMatch(/calibration\.json: layer\.\d\.\S+ output: [\d.]+ where 1 holds, and \d+ more$/);
  expect(await planned({ fixed: { ring: TIGHT, hint }, unsafe: true })).toEqual({
    ring: TIGHT,
    calibration: { file: beside(), status: 'overridden' },
  });
});

test.each<[what: string, spoil: () => Promise<unknown>, message: RegExp]>([
  [
    'other weights',
    () => flip(path('model', 'model.safetensors'), -1),
    /^E_CALIBRATION .* is the plan of another checkpoint: of model with digest [0-9a-f]{12}; .*model has [0-9a-f]{12}$/,
  ],
  ['another configuration', () => editConfig(), /^E_CALIBRATION .* is the plan of another checkpoint: /],
  [
    'a place that was not measured',
    () => edit({ sites: plan.sites.filter(({ site }) => site !== 'head shown') }),
    /^E_CALIBRATION .*calibration\.json says nothing of head shown$/,
  ],
  [
    'its own rings do not hold',
    () => edit({ ring: TIGHT }),
    /^E_RANGE .*calibration\.json: .* where 1 holds, and \d+ more$/,
  ],
  [
    'an older one',
    () => writeFile(beside(), '{"format": "puma-calibration/1"}'),
    /^E_CALIBRATION .* has the format "puma-calibration\/1"; this version reads puma-plan\/1$/,
  ],
])('refused: %s', async (_, spoil, message) => {
  await spoil();
  expect(await refusal(planned())).toMatch(message);
});

async function editConfig() {
  const file = path('model', 'config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), rms_norm_eps: 1e-3 }));
}

test('made-up weights have none', async () => {
  const model = await resolveModel('synthetic:gpt2');
  expect(await withPlan(model, {})).toBe(model);
  expect(await refusal(withPlan(model, { calibration: beside() }))).toBe(
    'E_CALIBRATION synthetic:gpt2 has made-up weights: no plan is for them',
  );
});

test('hashing can be stopped, and tells how far it is', async () => {
  const heard: number[] = [];
  await planned({ onProgress: (bytes, total) => heard.push(bytes / total) });
  expect(heard.at(-1)).toBe(1);
  await expect(planned({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});
