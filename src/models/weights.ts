import { ensure } from '../errors.ts';
import type { PlannedTensor, ReadTensor, Tensor } from './model.ts';

/** A model's planned tensors in the clear, as the plain interpreter takes them. */
export type PlannedWeights = { get(name: string): Promise<Tensor>; has(name: string): boolean };

/** Builds tensors from the checkpoint when they are asked for; keeps them for the next time when `keep`. */
export function plannedWeights(plan: readonly PlannedTensor[], read: ReadTensor, keep = true): PlannedWeights {
  const planned = new Map(plan.map((tensor) => [tensor.name, tensor]));
  const kept = new Map<string, Promise<Tensor>>();
  const build = async (name: string): Promise<Tensor> => {
    const tensor = planned.get(name);
    ensure(tensor, `no tensor ${name} in the plan`);
    return { shape: tensor.shape, data: await tensor.build(read) };
  };
  return {
    has: (name) => planned.has(name),
    get: (name) => {
      const tensor = kept.get(name) ?? build(name);
      if (keep) kept.set(name, tensor);
      return tensor;
    },
  };
}
