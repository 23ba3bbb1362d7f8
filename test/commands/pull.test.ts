import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fakeHub, REVISION } from './hub.ts';
import { until, world } from './world.ts';

const { at, call, puma, start } = world();
const hub = fakeHub({});
const text = (value: string) => new TextEncoder().encode(value);
const REPOSITORY = 'models--org--name';
const NEEDED = ['config.json', 'model.safetensors', 'vocab.txt'];

beforeAll(async () => {
  for (const name of NEEDED) hub.files.set(name, await readFile(at('model', name)));
});
beforeEach(() => mkdir(at('hub')));
afterEach(() => rm(at('hub'), { recursive: true }));

type Environment = Record<string, string>;

/** Calls the program with the hub at hand, in an environment with these on top. */
async function asked(args: readonly string[], more: Environment = {}) {
  const env = { HF_ENDPOINT: hub.url(), ...more };
  Object.assign(process.env, env);
  try {
    return await call(...args);
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
  }
}
const pull = (env?: Environment) => asked(['pull', 'org/name'], env);

/** Every file and link below the cache. */
async function cached(): Promise<string[]> {
  const found = await readdir(at('hub'), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Everything below the cache, folders too. */
const everything = () => readdir(at('hub'), { recursive: true });

describe('a model of the hub', () => {
  test('is fetched once, and runs', async () => {
    for (const extra of ['README.md', 'pytorch_model.bin', 'onnx/model.onnx', 'model-00001-of-00002.safetensors'])
      hub.files.set(extra, text('not needed'));
    const first = await pull();
    expect(first.stderr).toBe('');
    const bytes = [...hub.files]
      .filter(([name]) => NEEDED.includes(name))
      .reduce((sum, [, { length }]) => sum + length, 0);
    expect(first.stdout).toMatch(/^org\/name: [\d.]+ kB fetched\n\.\/hub\/models--org--name\/snapshots\/0123/);
    const folder = at('hub', REPOSITORY, 'snapshots', REVISION);
    expect((await readdir(folder)).sort()).toEqual(NEEDED);
    for (const name of NEEDED) expect(await readFile(join(folder, name))).toEqual(hub.files.get(name));
    expect(await readlink(join(folder, 'vocab.txt'))).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(await readFile(at('hub', REPOSITORY, 'refs', 'main'), 'utf8')).toBe(REVISION);

    hub.asked = [];
    const again = await asked(['pull', 'org/name', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ model: 'org/name', revision: REVISION, bytes, fetchedBytes: 0 });
    expect(hub.asked.filter((path) => path.includes('/resolve/'))).toEqual([]);

    const answered = await call('infer', '--model', 'org/name', '--text', 'a b c', '--json');
    expect({ ...answered, stdout: Object.keys(JSON.parse(answered.stdout)).length > 0 }).toMatchObject({
      exitCode: 0,
      stdout: true,
    });
  });

  test('in shards comes with its index', async () => {
    const whole = hub.files.get('model.safetensors')!;
    const shards = [
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ];
    hub.files.delete('model.safetensors');
    for (const name of shards) hub.files.set(name, text(name));
    const { exitCode } = await pull();
    hub.files.set('model.safetensors', whole);
    for (const name of shards) hub.files.delete(name);
    expect(exitCode).toBe(0);
    expect(await readdir(at('hub', REPOSITORY, 'snapshots', REVISION))).toEqual(
      ['config.json', ...shards, 'vocab.txt'].sort(),
    );
  });

  test('asks with the token, and never shows it', async () => {
    hub.trouble.token = 'hf_secret';
    expect(await pull({ HF_TOKEN: 'hf_secret' })).toMatchObject({ exitCode: 0, stderr: '' });
    const { stdout, stderr, exitCode } = await pull({ HF_TOKEN: 'hf_wrong' });
    expect(`${stdout}${stderr}`).not.toContain('hf_wrong');
    expect(exitCode).toBe(2);
  });
});

describe('trouble leaves nothing behind', () => {
  const again = 'Check the network and try again.';
  const rows: [what: string, trouble: typeof hub.trouble, line: string, hint: string, exitCode: number][] = [
    [
      'a wrong byte',
      { damage: 'model.safetensors' },
      'the download of model.safetensors broke off: what arrived is not what the hub has (E_NETWORK)',
      again,
      1,
    ],
    [
      'a wrong byte of a small file',
      { damage: 'config.json' },
      'the download of config.json broke off: what arrived is not what the hub has (E_NETWORK)',
      again,
      1,
    ],
    [
      'no such model',
      { status: 404 },
      'the hub shows no model org/name to us (status 404) (E_HUB)',
      'Check the name. For a private or gated model, accept its terms and set HF_TOKEN.',
      2,
    ],
    [
      'a hub out of order',
      { status: 500 },
      'the hub failed to describe org/name (status 500) (E_HUB)',
      'Try again later.',
      1,
    ],
    [
      'nonsense',
      { answer: '<html>' },
      "the hub's answer about org/name makes no sense: not what was asked for (E_HUB)",
      'Check HF_ENDPOINT, or try again later.',
      1,
    ],
    [
      'no revision',
      { answer: '{"sha":"../../x"}' },
      "the hub's answer about org/name makes no sense: no revision (E_HUB)",
      'Check HF_ENDPOINT, or try again later.',
      1,
    ],
  ];
  test.each(rows)('%s', async (_what, trouble, line, hint, exitCode) => {
    Object.assign(hub.trouble, trouble);
    expect(await pull()).toEqual({ stdout: '', stderr: `puma: ${line}\n  ${hint}`, exitCode });
    expect(await everything()).toEqual([]);
  });

  test.each([
    [
      'cut',
      'model.safetensors',
      /^puma: the download of model\.safetensors broke off: .+ \(E_NETWORK\)\n {2}Check the network and try again\.$/,
    ],
    [
      'fail',
      'vocab.txt',
      /^puma: the download of vocab\.txt broke off: .*503.* \(E_NETWORK\)\n {2}Check the network and try again\.$/,
    ],
  ] as const)('a file half-way: %s', async (what, file, stderr) => {
    hub.trouble[what] = file;
    expect(await pull()).toEqual({ stdout: '', stderr: expect.stringMatching(stderr), exitCode: 1 });
    expect(await everything()).toEqual([]);
  });

  test('no hub at all', async () => {
    const ended = await pull({ HF_ENDPOINT: 'http://127.0.0.1:9' });
    expect(ended).toEqual({
      stdout: '',
      stderr: expect.stringMatching(
        /^puma: cannot reach http:\/\/127\.0\.0\.1:9: .+ \(E_NETWORK\)\n {2}Check the network, or copy .*$/,
      ),
      exitCode: 1,
    });
    expect(await everything()).toEqual([]);
  });

  test('Ctrl-C half-way', async () => {
    hub.trouble.stall = 'model.safetensors';
    const running = start(['pull', 'org/name'], { through: ['env', `HF_ENDPOINT=${hub.url()}`] });
    const half = async () => (await everything()).some((name) => name.includes('.puma-'));
    expect(await until(half, 20_000)).toBe(true);
    running.kill('SIGINT');
    const { stdout, stderr, exitCode } = await running;
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: '',
      stderr: 'puma: interrupted (E_INTERRUPTED)',
      exitCode: 1,
    });
    expect(await everything()).toEqual([]);
  });

  test('what was in the cache stays', async () => {
    await mkdir(at('hub', REPOSITORY, 'refs'), { recursive: true });
    await writeFile(at('hub', REPOSITORY, 'refs', 'main'), 'f'.repeat(40));
    hub.trouble.cut = 'model.safetensors';
    expect((await pull()).exitCode).toBe(1);
    expect(await cached()).toEqual(['main']);
    expect(await readFile(at('hub', REPOSITORY, 'refs', 'main'), 'utf8')).toBe('f'.repeat(40));
  });
});

describe('refused before anything is asked', () => {
  const rows: [what: string, args: string[], env: Environment, line: string][] = [
    ['a bundled model', ['bert-tiny-sst2'], {}, 'bert-tiny-sst2 is part of Puma (E_MODEL)'],
    ['no name of a model', ['../x'], {}, '"../x" is no name of a model on the hub (E_MODEL)'],
    ['no name', [], {}, "missing required argument 'name' (E_USAGE)"],
    ['two names', ['a', 'b'], {}, "too many arguments for 'pull'. Expected 1 argument but got 2. (E_USAGE)"],
    ['an odd token', ['org/name'], { HF_TOKEN: 'abc def' }, 'HF_TOKEN is no token of the Hugging Face hub (E_HUB)'],
    ['an odd endpoint', ['org/name'], { HF_ENDPOINT: 'ftp://x' }, 'HF_ENDPOINT is no http address (E_HUB)'],
  ];
  test.each(rows)('%s', async (_what, args, env, line) => {
    const { stdout, stderr, exitCode } = await asked(['pull', ...args], env);
    expect({ stdout, exitCode, first: stderr.split('\n')[0] }).toEqual({
      stdout: '',
      exitCode: 2,
      first: `puma: ${line}`,
    });
    expect(hub.asked).toEqual([]);
  });

  test('a model without safetensors', async () => {
    const whole = hub.files.get('model.safetensors')!;
    hub.files.delete('model.safetensors');
    const { stderr, exitCode } = await pull();
    hub.files.set('model.safetensors', whole);
    expect(stderr).toMatch(/^puma: org\/name has no weights in safetensors files \(E_HUB\)\n {2}Choose another model/);
    expect(exitCode).toBe(2);
  });
});

test('puma pull --help', async () => {
  expect((await puma('pull', '--help')).stdout).toMatchInlineSnapshot(`
    "Usage: puma pull [options] <name>

    fetch a model from the Hugging Face hub

    Arguments:
      name        a name that \`puma models\` lists, or ORGANISATION/NAME on the hub

    Options:
      --json      print one JSON object and nothing else
      -h, --help  display help for command

    Examples:
      $ puma pull bert-base-uncased
      $ HF_TOKEN=hf_... puma pull ORGANISATION/GATED-MODEL"
  `);
});
