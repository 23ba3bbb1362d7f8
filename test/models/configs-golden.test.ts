/** What keys of config.json do, as transformers reads them (scripts/golden/configs.py), against the plain interpreter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { projectRoot } from '../../src/files/root.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { type Checkpoint, openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { modelFor } from '../../src/models/index.ts';
import { BERT_KEYS } from '../../src/models/keys/bert.ts';
import { GENERIC_KEYS } from '../../src/models/keys/generic.ts';
import { GPT2_KEYS } from '../../src/models/keys/gpt2.ts';
import { LLAMA_KEYS } from '../../src/models/keys/llama.ts';
import type { KeyTable } from '../../src/models/keys/table.ts';
import { type Model, newPast, type ReadTensor } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { hotInput, type PlainValue, plainOps } from '../../src/ops/plain.ts';
import { distance } from './run.ts';

type Golden = {
  what: string;
  model: string;
  set: Record<string, unknown>;
  drop: string[];
  tensors?: Record<string, [model: string, name: string, rows: number] | null>;
  input_ids: number[];
  logits?: number[];
  scores?: Record<string, number>;
  tokens?: number[];
  error?: string;
};

const FOLDER = join(projectRoot(), 'test/golden');
const { cases, keys } = JSON.parse(readFileSync(join(FOLDER, 'configs.json'), 'utf8')) as {
  cases: Golden[];
  keys: Record<string, string[]>;
};
const TOLERANCE = 1e-4; // golden values are float32

/** The checkpoint of a case: that of its model, changed. */
async function open({ model, set, drop, tensors = {} }: Golden) {
  const opened = new Map<string, Checkpoint>();
  const checkpoint = async (name: string) => {
    if (!opened.has(name)) opened.set(name, await openCheckpoint(join(FOLDER, 'models', name)));
    return opened.get(name)!;
  };
  const { config, names, read } = await checkpoint(model);
  const changed = Object.fromEntries(Object.entries(config).filter(([key]) => !drop.includes(key)));
  const there = new Set([...names, ...Object.keys(tensors)].filter((name) => tensors[name] !== null));
  const readChanged: ReadTensor = async (name, shape) => {
    const other = tensors[name];
    if (!other) return read(name, shape);
    const [from, source, rows] = other;
    const whole = { 'classifier.weight': [3, 32], 'classifier.bias': [3] }[source] ?? shape;
    const { data } = await (await checkpoint(from)).read(source, whole);
    expect(shape[0]).toBe(rows);
    return {
      shape,
      data: data.slice(
        0,
        shape.reduce((a, b) => a * b, 1),
      ),
    };
  };
  const close = () => Promise.all([...opened.values()].map((one) => one.close()));
  return { config: { ...changed, ...set }, names: there, read: readChanged, close };
}

/** The output for tokens that follow those of the past. */
async function answer(
  { names, read }: Opened,
  model: Model,
  ids: readonly number[],
  past = newPast<PlainValue>(model),
) {
  const ops = plainOps(loadKernels(), plannedWeights(model.plan(names), read));
  const types = ids.map(() => 0);
  const rows = hotInput(model.hotRows(ids, types, past[0]!.rows));
  return model.forward(ops, { tokens: ids.length, rows, ...(model.head.continues ? { past } : {}) });
}

type Opened = Awaited<ReturnType<typeof open>>;

async function withCheckpoint(golden: Golden, work: (opened: Opened) => Promise<void>): Promise<void> {
  const opened = await open(golden);
  await work(opened).finally(opened.close);
}

const titled = (chosen: readonly Golden[]) =>
  chosen.map((golden) => [golden.what, golden.model, golden.input_ids.length, golden] as const);

test.each(titled(cases.filter(({ error }) => error)))('%s, %s, %i tokens: refused', (_what, _model, _n, golden) =>
  withCheckpoint(golden, async (opened) => {
    const answered = (async () => answer(opened, modelFor(opened.config), golden.input_ids))();
    await expect(answered).rejects.toThrow(PumaError);
  }),
);

test.each(titled(cases.filter(({ logits }) => logits)))('%s, %s, %i tokens: logits', (_what, _model, _n, golden) =>
  withCheckpoint(golden, async (opened) => {
    const { logits, scores } = golden;
    const model = modelFor(opened.config);
    const { data } = await answer(opened, model, golden.input_ids);
    expect(distance(data, logits!) / Math.max(1, ...logits!.map(Math.abs))).toBeLessThan(TOLERANCE);
    if (!scores) return;
    const { labels, problem } = model;
    const found = model.head.answer([...data], { labels, problem, decode: String }).scores!;
    expect(Object.keys(found)).toEqual(labels);
    for (const [label, score] of Object.entries(scores)) expect(found[label]).toBeCloseTo(score, 4);
  }),
);

test.each(titled(cases.filter(({ tokens }) => tokens)))(
  '%s, %s, %i tokens: what follows',
  (_what, _model, _n, golden) =>
    withCheckpoint(golden, async (opened) => {
      const model = modelFor(opened.config);
      const past = newPast<PlainValue>(model);
      const found: number[] = [];
      let next: readonly number[] = golden.input_ids;
      while (found.length < golden.tokens!.length) {
        const { data } = await answer(opened, model, next, past);
        found.push(data.indexOf(Math.max(...data)));
        next = found.slice(-1);
      }
      expect(found).toEqual(golden.tokens);
    }),
);

const TABLES: [family: string, KeyTable][] = [
  ...([
    ['bert', BERT_KEYS],
    ['roberta', BERT_KEYS],
    ['gpt2', GPT2_KEYS],
  ] as [string, KeyTable][]),
  ...Object.entries(LLAMA_KEYS).filter(([family]) => family in keys), // architectures.json has those of the others
];

test.each(TABLES)('every key of the configuration of %s has its place in a table', (family, table) => {
  expect(keys[family]!.filter((key) => !Object.hasOwn(table, key) && !Object.hasOwn(GENERIC_KEYS, key))).toEqual([]);
});
