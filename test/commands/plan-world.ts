/** What tests of plans share: checkpoints that are calibrated on three texts, and the plans made once. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { beforeAll, beforeEach, expect } from 'vitest';
import { Calibration } from '../../src/plans/file.ts';
import { randomWeights } from '../models/tiny-bert.ts';
import { SMALL, type World, world, writeCheckpoint } from './world.ts';

/** Weights of which some are multiplied. */
export function scaled(scales: readonly (readonly [names: RegExp, factor: number])[]) {
  const weights = randomWeights(SMALL);
  for (const [names, factor] of scales) {
    for (const [name, tensor] of weights) if (names.test(name)) tensor.data = tensor.data.map((x) => x * factor);
  }
  return weights;
}

export type PlanWorld = World & {
  /** Runs the program and expects no word on standard error. -> standard output */
  told(...args: string[]): Promise<string>;
  /** `puma calibrate` on the texts. -> standard output */
  calibrate(model: string, ...more: string[]): Promise<string>;
  /** The plan that it makes beside the weights or at --out, without making the same one twice. */
  planned(model: string, ...more: string[]): Promise<void>;
  json(path: string): Promise<ReturnType<typeof JSON.parse>>;
  plan(path: string): Promise<Calibration>;
};

/** A world with the models `model` and `loud`, whose plans, shares and `out.json` are gone before every test. */
export function planWorld(): PlanWorld {
  const here = world();
  const { at, call } = here;
  beforeAll(async () => {
    await writeCheckpoint(at('loud'), { weights: scaled([[/layer\.1\.intermediate\.dense/, 1000]]) });
    await writeFile(at('texts.txt'), 'a b c\nd e f g\n\nh i\n');
    await writeFile(at('texts.tsv'), 'words\tlabel\na b c\t1\nd e f g\t0\nh i\t1\n');
  });
  beforeEach(async () => {
    for (const file of ['model/calibration.json', 'loud/calibration.json', 'out.json', 'shares']) {
      await rm(at(file), { recursive: true, force: true });
    }
  });
  const told = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await call(...args);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    return stdout;
  };
  const calibrate = (model: string, ...more: string[]) =>
    told('calibrate', '--model', model, '--data', 'texts.txt', ...more);
  const made = new Map<string, string>();
  const planned = async (model: string, ...more: string[]) => {
    const where = more.includes('--out') ? at(more[more.indexOf('--out') + 1]!) : at(model, 'calibration.json');
    const key = [model, ...more].join(' ');
    const kept = made.get(key) ?? at(`plan-${made.size}.json`);
    if (made.has(key)) return cp(kept, where);
    await calibrate(model, ...more);
    await cp(where, kept);
    made.set(key, kept);
  };
  const json = async (path: string) => JSON.parse(await readFile(at(path), 'utf8'));
  const plan = async (path: string) => Calibration.parse(await json(path));
  return { ...here, told, calibrate, planned, json, plan };
}
