import type { Model } from '../models/model.ts';
import type { Ops } from '../ops/ops.ts';

/** The names of the values that a model's forward() taps, in order: one more interpreter, for which every value is nothing. */
export async function tapNames(model: Model): Promise<string[]> {
  const names: string[] = [];
  const nothing = async () => null;
  const ops: Ops<null> = {
    embed: nothing,
    rows: nothing,
    linear: nothing,
    add: nothing,
    normalise: nothing,
    normaliseRms: nothing,
    gain: nothing,
    attention: nothing,
    activation: nothing,
    multiply: nothing,
    inRows: nothing,
    row: nothing,
    stage: (given, work) => work(ops, given),
    all: async (...branches) => Promise.all(branches.map((branch) => branch(ops))) as never,
    tap: async (name) => {
      names.push(name);
    },
  };
  await model.forward(ops, { tokens: 1, rows: null });
  return names;
}
