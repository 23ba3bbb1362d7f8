/** Which model a command is about, and the rings that it has. */
import { Option } from 'commander';
import { network, whole } from '../library/fields.ts';
import { numberFor, textFor } from '../terminal/parse.ts';

/** As the library takes them. */
export type ModelOptions = {
  model: string;
  layers?: number;
  linearRing?: string;
  calibration?: string;
  unsafeRanges?: boolean;
};

export const THREADS_OPTION = new Option('--threads <n>', 'threads of the kernels, for each party').argParser(
  numberFor(whole()),
);

/** Of every command that takes a model. */
export const MODEL_OPTIONS = [
  new Option(
    '--model <name|folder>',
    'a name that `puma models` lists, a Hugging Face checkpoint, or synthetic:NAME',
  ).makeOptionMandatory(),
  new Option('--layers <n>', 'of a synthetic model: so many layers').argParser(numberFor(whole())),
  new Option('--linear-ring <bits,input,weight>', 'ring and fractional bits of linear layers, such as 40,12,13'),
];

export const CALIBRATION_OPTION = new Option(
  '--calibration <file>',
  'the plan that `puma calibrate` made; when left out, calibration.json beside the weights',
);

/** Of commands that share weights, or use shares. */
export const UNSAFE_RANGES_OPTION = new Option(
  '--unsafe-ranges',
  'go on although calibration.json says that the rings are too small',
);

/** Of commands that run parties on this machine, or foretell a run. */
export const NETWORK_OPTION = new Option(
  '--network <lan|wan|rtt,bandwidth>',
  'as if the parties were on such a network: lan is 0.5ms,5Gbit; wan is 40ms,400Mbit',
).argParser(textFor(network));

/** Of commands that answer. */
export const CHECK_OPTIONS = [
  new Option('--check-ranges', 'check on shares that values stay within their rings; the client alone is told'),
  new Option('--no-check-ranges', 'do not check; otherwise it is done where the weights prove too little'),
  new Option('--allow-overflow', 'show an answer although values left their range'),
];

/** What the library is told of a model; options that are not given are left out. */
export function modelOf({ model, layers, linearRing, calibration, unsafeRanges }: ModelOptions): ModelOptions {
  return {
    model,
    ...(layers === undefined ? {} : { layers }),
    ...(linearRing === undefined ? {} : { linearRing }),
    ...(calibration === undefined ? {} : { calibration }),
    ...(unsafeRanges === undefined ? {} : { unsafeRanges }),
  };
}
