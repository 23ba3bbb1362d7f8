import { createHash } from 'node:crypto';
import { sizeOf } from '../files/io.ts';
import { loadKernels } from '../kernels/index.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { layersKey } from '../models/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import { allocate } from './safetensors.ts';

/** What a model is read from. Without `names` there is every tensor, in today's spelling. */
export type OpenModel = Pick<Checkpoint, 'config' | 'read' | 'close'> & { names?: ReadonlySet<string> | undefined };

export type SyntheticOptions = {
  kernels?: Pick<Kernels, 'prg'>;
  /** Values made at a time: a multiple of 8. */
  chunk?: number;
};

/**
 * A checkpoint that is nowhere: its tensors are made when they are read, each from its name alone, so that they are the same
 * in every run. What secure inference costs depends on shapes only: this stands in for checkpoints that are too large to
 * keep. The scales hold activations where those of a trained model are, at any depth and width; the answers mean nothing.
 */
export function openSynthetic(config: Record<string, unknown>, options: SyntheticOptions = {}): OpenModel {
  const { kernels = loadKernels(), chunk = CHUNK } = options;
  const layers = Number(config[layersKey(config)] ?? 1);
  return {
    config,
    read: async (name, shape) => {
      const data = allocate(sizeOf(shape), name);
      await fill(data, name, scaleOf(name, shape, layers), kernels, chunk);
      return { shape, data };
    },
    close: async () => {},
  };
}

type Scale = { mean: number; std: number };

/** Initial values of gains, biases and embeddings, as the families are initialised. */
const STD = 0.02;

/**
 * Weights with std 1 / sqrt(inputs) keep the mean square of a normalised row. What is added to the residual stream is smaller
 * by sqrt(2 layers), for there are two additions a layer: the stream grows by about 1 from the first layer to the last.
 */
function scaleOf(name: string, shape: readonly number[], layers: number): Scale {
  if (GAIN.test(name)) return { mean: 1, std: STD };
  if (shape.length < 2 || EMBEDDING.test(name)) return { mean: 0, std: STD };
  const inputs = TRANSPOSED.test(name) ? shape[0]! : shape.at(-1)!;
  return { mean: 0, std: 1 / Math.sqrt(inputs * (RESIDUAL.test(name) ? 2 * layers : 1)) };
}

const GAIN = /(norm|\bln_\w+)\.(weight|gamma)$/i;
const EMBEDDING = /(_embeddings|embed_tokens|wte|wpe)\.weight$/;
/** GPT-2 keeps its matrices as [inputs, outputs]. */
const TRANSPOSED = /\.(c_attn|c_proj|c_fc)\.weight$/;
const RESIDUAL = /\.(o_proj|down_proj|c_proj|output\.dense)\.weight$/;

/** Uniform values, 16 bits each: value i is number i of the key stream whose public key is the hash of the tensor's name. */
async function fill(
  out: Float32Array,
  name: string,
  { mean, std }: Scale,
  kernels: Pick<Kernels, 'prg'>,
  chunk: number,
): Promise<void> {
  const key = new Uint8Array(createHash('sha256').update(`puma synthetic ${name}`).digest().subarray(0, 16));
  const counter = new Uint8Array(16);
  const lanes = new BigUint64Array(Math.ceil(Math.min(chunk, out.length) / 4));
  const numbers = new Int16Array(lanes.buffer);
  const step = (std * Math.sqrt(12)) / 2 ** 16;
  for (let from = 0; from < out.length; from += chunk) {
    const part = out.subarray(from, from + chunk);
    new DataView(counter.buffer).setUint32(12, from / 8); // a block of 16 bytes has 8 values
    kernels.prg(lanes.subarray(0, Math.ceil(part.length / 4)), key, counter);
    spread(part, numbers, mean + step / 2, step);
    if (from % BREATH === 0) await new Promise(setImmediate); // lets Ctrl-C through
  }
}

function spread(out: Float32Array, numbers: Int16Array, middle: number, step: number): void {
  for (let i = 0; i < out.length; i++) out[i] = middle + numbers[i]! * step;
}

/** 1 MB of floats from half of that, in the second-level cache. */
const CHUNK = 1 << 18;
const BREATH = 1 << 22;
