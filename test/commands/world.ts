/** The real program in a world of its own: a small checkpoint, a private folder for temporary files, and nothing left behind. */
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa, type Options, type ResultPromise } from 'execa';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { CONFIG, randomWeights, type TinyConfig, type Weights } from '../models/tiny-bert.ts';
import { callMain, type Ended } from './in-process.ts';

export const PROGRAM = fileURLToPath(new URL('../../bin/puma.js', import.meta.url));

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...'abcdefghijklmnopqrstuvwxyz'];

/** Hidden 32, 2 layers, 64 positions. */
export const SMALL: TinyConfig = {
  ...CONFIG,
  vocab_size: WORDS.length,
  max_position_embeddings: 64,
  hidden_size: 32,
  intermediate_size: 64,
  num_attention_heads: 2,
  hidden_act: 'gelu',
  id2label: { 0: 'negative', 1: 'positive' },
};

export type World = {
  /** A path in the world's folder: `model` is a checkpoint there, `tmp` is where the program puts temporary files. */
  at(...parts: string[]): string;
  /** Runs the program to its end, as a process. */
  puma(...args: string[]): Promise<Ended>;
  /** The same within this process, parties too, which saves their start: for all that is not about processes, streams and signals. */
  call(...args: string[]): Promise<Ended>;
  /** Runs it with other execa options, or as the last arguments of another command. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Starts it. */
  start(args: readonly string[], options?: RunOptions): ResultPromise<Started>;
  /** Process ids of parties: of this role, or of all. */
  parties(role?: string): Promise<number[]>;
  /** Parties that run now, and their temporary files, may stay until the end of the file. */
  keep(): Promise<void>;
};

export type RunOptions = Options & { through?: readonly string[]; temp?: string };

type Started = { reject: false };

export type { Ended };

type Output = { exitCode?: number | undefined; stdout?: unknown; stderr?: unknown };

/** A world for the tests of a file. After each of them nothing may be left of what it ran. */
export function world(): World {
  let root = '';
  const at = (...parts: string[]) => join(root, ...parts);
  const places = () => ({ TMPDIR: at('tmp'), HF_HUB_CACHE: at('hub') });
  const start: World['start'] = (args, { through = [], temp = at('tmp'), ...options } = {}) => {
    const [command, ...rest] = [...through, process.execPath, PROGRAM, ...args];
    return execa(command!, rest, {
      env: { ...plainEnvironment(), ...places(), TMPDIR: temp },
      extendEnv: false,
      cwd: root,
      ...options,
      reject: false,
    }) as ResultPromise<Started>;
  };
  const told = ({ exitCode, stdout, stderr }: Output) => {
    const hide = (text: unknown) => String(text ?? '').replaceAll(root, '.');
    return { exitCode, stdout: hide(stdout), stderr: hide(stderr) };
  };
  const run: World['run'] = async (args, options) => told(await start(args, options));
  const call: World['call'] = async (...args) => {
    const env = { NO_COLOR: '1', PUMA_ENGINE: undefined, PUMA_SIMD: undefined, ...places() };
    return told(await callMain(args, { cwd: root, env }));
  };
  const parties = async (role?: string) => {
    const ours = (await processes()).filter(
      ({ args }) => args.includes('party') && args.some((arg) => arg.startsWith(root)),
    );
    return ours
      .filter(({ args }) => role === undefined || args[args.indexOf('--role') + 1] === role)
      .map(({ pid }) => pid);
  };
  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'puma-test-')));
    await mkdir(at('tmp'));
    await writeCheckpoint(at('model'));
  });
  const left = async () => ({ parties: await parties(), files: await readdir(at('tmp')) });
  let kept: Awaited<ReturnType<typeof left>> = { parties: [], files: [] };
  afterEach(async () => {
    expect(await left(), 'what is left').toEqual(kept);
    expect((await readdir(root)).filter((name) => /\.(partial|old)-/.test(name))).toEqual([]);
  });
  afterAll(async () => {
    if (kept.files.length > 0) expect(await left(), 'what is left in the end').toEqual({ parties: [], files: [] });
    await rm(root, { recursive: true, force: true });
  });
  return {
    at,
    run,
    start,
    parties,
    keep: async () => void (kept = await left()),
    call,
    puma: (...args) => run(args),
  };
}

/** Without what would colour the output or choose an engine. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _1, NO_COLOR: _2, PUMA_ENGINE: _3, PUMA_SIMD: _4, ...env } = process.env;
  return env;
}

/** All processes of this machine that can be seen. */
async function processes(): Promise<{ pid: number; args: string[] }[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (ids.length === 0) {
    const { stdout } = await execa('ps', ['-A', '-o', 'pid=,args=']);
    return stdout.split('\n').map((line) => {
      const [pid, ...args] = line.trim().split(/\s+/);
      return { pid: Number(pid), args };
    });
  }
  const found = ids.map(async (id) => {
    const text = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    return { pid: Number(id), args: text.split('\0') };
  });
  return Promise.all(found);
}

/** Waits for what will be true within so many ms; whether it came true. */
export async function until(what: () => Promise<boolean> | boolean, ms = 2000): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(10)) if (await what()) return true;
  return what();
}

export type CheckpointParts = { config?: object; weights?: Weights; words?: readonly string[] };

/** A checkpoint folder with seeded weights: config.json, vocab.txt, model.safetensors. */
export async function writeCheckpoint(folder: string, parts: CheckpointParts = {}): Promise<void> {
  const { config = SMALL, weights = randomWeights(SMALL), words = WORDS } = parts;
  await mkdir(folder);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'vocab.txt'), `${words.join('\n')}\n`);
  await writeFile(join(folder, 'model.safetensors'), safetensors(weights));
}

/** The bytes of a safetensors file. */
export function safetensors(weights: Weights): Uint8Array {
  let end = 0;
  const entries = [...weights].map(([name, { shape, data }]) => {
    const start = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const bytes = [...weights.values()].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([length, json, ...bytes]);
}
