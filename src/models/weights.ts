import { ensure } from '../errors.ts';
import type { PlannedTensor, ReadTensor, Tensor } from './model.ts';

/** A model's planned tensors in the clear, as the plain interpreter takes them. */
export type PlannedWeights = { get(name: string): Promise<Tensor>; has(name: string): boolean };

/** Bytes of tensors that are kept unless told otherwise: those of a model of 10^9 weights. */
export const KEPT_BYTES = 2 ** 32;

/** Builds tensors from the checkpoint when they are asked for. The first of them, `keep` bytes at most, are there the next time; others are built again. */
export function plannedWeights(
  plan: readonly PlannedTensor[],
  read: ReadTensor,
  keep: number = KEPT_BYTES,
): PlannedWeights {
  const planned = new Map(plan.map((tensor) => [tensor.name, tensor]));
  const kept = new Map<string, Promise<Tensor>>();
  let room = keep;
  const build = async (tensor: PlannedTensor): Promise<Tensor> => ({
    shape: tensor.shape,
    data: await tensor.build(read),
  });
  return {
    has: (name) => planned.has(name),
    get: async (name) => {
      const tensor = planned.get(name);
      ensure(tensor, `no tensor ${name} in the plan`);
      const held = kept.get(name);
      if (held) return held;
      const built = build(tensor);
      const bytes = 4 * tensor.shape.reduce((size, length) => size * length, 1);
      if (bytes <= room) {
        room -= bytes;
        kept.set(name, built);
      }
      return built;
    },
  };
}
