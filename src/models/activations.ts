import { z } from 'zod';
import type { Activation } from '../ops/ops.ts';

/** Hugging Face's names of activations; all of the tanh forms are one function. */
const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map([
  ['gelu', 'gelu'],
  ['gelu_python', 'gelu'],
  ['gelu_new', 'gelu_new'],
  ['gelu_fast', 'gelu_new'],
  ['gelu_pytorch_tanh', 'gelu_new'],
  ['gelu_python_tanh', 'gelu_new'],
  ['relu', 'relu'],
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['tanh', 'tanh'],
]);

/** A key of config.json that names an activation. */
export const activation = z
  .string('expected a string')
  .refine((name) => ACTIVATIONS.has(name), `expected one of ${[...ACTIVATIONS.keys()].join(', ')}`)
  .transform((name) => ACTIVATIONS.get(name) as Activation);
