/**
 * Makes a fresh clone ready to run: dependencies, the native engine, the compiled program. Every step remembers the
 * content it was done for, so that with nothing to do this is quiet and quick; a step says so when it begins.
 *
 *   node scripts/setup.mjs             everything that is out of date
 *   node scripts/setup.mjs --native    the native engine only, even if it failed before (npm's install script)
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);
const isNewer = (a, b) => existsSync(a) && existsSync(b) && statSync(a).mtimeMs >= statSync(b).mtimeMs;
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

if (process.argv.includes('--native')) {
  await native({ again: true });
} else {
  await dependencies();
  await native({ again: false });
  await program();
}

async function dependencies() {
  const lock = at('package-lock.json');
  const installed = at('node_modules', '.package-lock.json');
  const stamp = at('node_modules', '.puma-setup');
  const wanted = digest([lock]);
  if (!existsSync(at('src')) || read(stamp) === wanted) return;
  // Someone may have run npm since: then what npm wrote is newer than the lock.
  if (!isNewer(installed, lock)) {
    const done = await step('installing dependencies', () => npm(['ci', '--no-audit', '--no-fund']));
    if (!done.ok) stop(done);
  }
  remember(stamp, wanted);
}

async function native({ again }) {
  const binary = at('build', 'Release', 'puma.node');
  const stamp = at('build', '.puma-setup');
  const sources = files(at('native'), /\.(cc|h)$/);
  if (sources.length === 0) return;
  const wanted = digest([...sources, at('binding.gyp')], process.platform, process.arch);
  const failed = `failed ${wanted} ${missingTools()}`;
  if (existsSync(binary) && read(stamp) === wanted) return;
  if (!again && read(stamp) === failed) {
    console.error('setup: the native engine did not build, the slower portable one runs (again: npm run build:native)');
    return;
  }
  const done = await step('compiling the native engine', () => build(binary));
  if (!done.ok) rmSync(binary, { force: true }); // an old one would not fit the program
  remember(stamp, done.ok ? wanted : failed);
  if (!done.ok) console.error(`setup: ${reason(done.output)}; going on with the slower portable engine`);
}

async function build(binary) {
  const gyp = [at('node_modules', 'node-gyp', 'bin', 'node-gyp.js'), process.env.npm_config_node_gyp].find(
    (file) => file && existsSync(file),
  );
  if (!gyp) return { ok: false, output: 'node-gyp is not installed' };
  const headers = join(dirname(process.execPath), '..', 'include', 'node', 'node_version.h');
  const [major] = process.versions.node.split('.');
  const local = new RegExp(`NODE_MAJOR_VERSION ${major}\\b`).test(read(headers));
  const options = local ? [`--nodedir=${join(dirname(process.execPath), '..')}`] : [];
  const done = await run(process.execPath, [gyp, 'rebuild', '-j', '2', ...options]);
  if (!done.ok) return done;
  try {
    createRequire(import.meta.url)(binary);
    return done;
  } catch (error) {
    return { ok: false, output: `error: ${error.message}` };
  }
}

async function program() {
  const sources = files(at('src'), /\.ts$/);
  if (sources.length === 0 || !existsSync(at('node_modules', 'esbuild'))) return; // installed from a package: it is compiled already
  const wanted = digest([...sources, at('scripts', 'build.mjs')]);
  const stamp = at('dist', '.puma-setup');
  if (read(stamp) === wanted) return;
  const done = await step('compiling the program', () => run(process.execPath, [at('scripts', 'build.mjs')]));
  if (!done.ok) stop(done);
  remember(stamp, wanted);
}

/** What is wrong, and what to install. */
function reason(output) {
  const missing = missingTools();
  const remedy =
    process.platform === 'darwin'
      ? 'xcode-select --install'
      : process.platform === 'win32'
        ? 'use WSL'
        : 'install a C++17 compiler, make and Python 3, e.g. apt-get install build-essential python3';
  if (missing) return `no ${missing} here (${remedy})`;
  if (/node-gyp is not installed/.test(output)) return 'node-gyp is missing (npm install)';
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|getaddrinfo/.test(output))
    return "Node's headers are not on this machine and could not be downloaded (give them by npm_config_nodedir)";
  const line = output.split('\n').find((text) => /\berror\b/i.test(text)) ?? 'the build failed';
  return `${line.trim()} (npm run build:native shows all of it; ${remedy})`;
}

function missingTools() {
  if (process.platform === 'win32') return '';
  const found = (name) => (process.env.PATH ?? '').split(delimiter).some((dir) => dir && existsSync(join(dir, name)));
  const need = [
    ['make', ['make', 'gmake']],
    ['Python 3', ['python3', 'python']],
    ['C++ compiler', [process.env.CXX || 'c++', 'c++', 'g++', 'clang++']],
  ];
  return need
    .filter(([, names]) => !names.some(found))
    .map(([what]) => what)
    .join(', ');
}

/** Says what begins, on a terminal for how long it has been going on, and how long it took. */
async function step(name, work) {
  const start = Date.now();
  const seconds = (digits) => `${((Date.now() - start) / 1000).toFixed(digits)} s`;
  const out = process.stderr;
  out.write(`setup: ${name} ... `);
  const clock = out.isTTY ? setInterval(() => out.write(`\rsetup: ${name} ... ${seconds(0)} `), 1000) : undefined;
  const done = await work();
  clearInterval(clock);
  out.write(`${out.isTTY ? `\rsetup: ${name} ... ` : ''}${done.ok ? '' : 'failed, '}${seconds(1)}\n`);
  return done;
}

function run(command, args, options = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', ({ message }) => resolve({ ok: false, output: `${output}${message}` }));
    child.on('close', (status) => resolve({ ok: status === 0, output }));
  });
}

/** npm under npm is the same npm; otherwise the one on the path. */
function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return run(process.execPath, [cli, ...args]);
  return run('npm', args, { shell: process.platform === 'win32' });
}

function stop({ output }) {
  process.stderr.write(`${output.trimEnd()}\n`);
  process.exit(1);
}

function remember(stamp, content) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, content);
}

function files(dir, pattern) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function digest(paths, ...also) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = readFileSync(path);
    hash.update(`${relative(root, path)} ${content.length}\n`).update(content);
  }
  return hash.update(also.join()).digest('hex');
}
