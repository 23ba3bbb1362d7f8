/** Which model a command is about. */
import { Option } from 'commander';
import { type ResolvedModel, resolveModel } from '../loaders/resolve.ts';
import { linearRing } from '../rings/linear-ring.ts';
import { wholeNumber } from './verb.ts';

export type ModelOptions = {
  model: string;
  layers?: number;
  linearRing?: string;
  threads?: number;
};

export const THREADS_OPTION = new Option('--threads <n>', 'threads of the kernels, for each party').argParser(
  wholeNumber,
);

/** Of every command that takes a model. */
export const MODEL_OPTIONS = [
  new Option(
    '--model <name|folder>',
    'a name that `puma models` lists, a Hugging Face checkpoint, or synthetic:NAME',
  ).makeOptionMandatory(),
  new Option('--layers <n>', 'of a synthetic model: so many layers').argParser(wholeNumber),
  new Option('--linear-ring <bits,input,weight>', 'ring and fractional bits of linear layers, such as 40,12,13'),
  THREADS_OPTION,
];

/** The model that somebody names, with the rings they want. */
export async function readModel({ model: name, layers, linearRing: ring }: ModelOptions): Promise<ResolvedModel> {
  const model = await resolveModel(name, { layers });
  return ring === undefined ? model : { ...model, ring: linearRing(ring, model.ring) };
}
