/** `puma cost`, beside what it foretells. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sample } from '../cases.ts';
import { world } from './world.ts';

const { call } = world();

const count = z.int().nonnegative();
const Spent = z.strictObject({ seconds: z.number().nonnegative(), bytes: count, rounds: count });

const Forecast = z.strictObject({
  model: z.string(),
  task: z.enum(['classify', 'embed', 'generate']),
  tokens: count,
  newTokens: count,
  padded: z.boolean(),
  ring: z.strictObject({
    bits: count,
    fractionBits: count,
    linear: z.strictObject({ bits: count, input: count, weight: count, results: count }),
  }),
  bytes: z.strictObject({
    ...{ dealer: count, online: count, client: count, total: count },
    perParty: z.array(z.strictObject({ party: count, sent: count, received: count })).length(3),
    links: z.array(z.strictObject({ from: z.string(), to: z.string(), bytes: count })),
  }),
  rounds: count,
  multiplyAdds: count,
  shareBytes: count,
  memoryBytes: count,
  seconds: z.strictObject({ total: z.number().positive(), bound: z.string(), apart: z.number().optional() }),
  kinds: z.record(z.string(), Spent),
  perToken: z.array(Spent),
  machine: z.strictObject({ cores: count, threads: count, engine: z.string(), simd: z.string() }),
  network: z.strictObject({ name: z.string(), rttMs: z.number(), bitsPerSecond: z.number() }).optional(),
});

async function forecast(...args: string[]) {
  const { stdout, stderr, exitCode } = await call('cost', ...args, '--json');
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return Forecast.parse(JSON.parse(stdout));
}

describe('puma cost --json', () => {
  const runs: [what: string, foretold: string[], run: string[]][] = [
    ['as it is', ['--tokens', '6'], ['--input-ids', '1,2,3,4,5,6']],
    ['padded', ['--tokens', '9', '--padded'], ['--input-ids', '1,2,3,4,5,6', '--pad-to', '9']],
    [
      'in another ring',
      ['--tokens', '6', '--linear-ring', '40,12,13'],
      ['--input-ids', '1,2,3,4,5,6', '--linear-ring', '40,12,13'],
    ],
  ];

  test.each(sample(runs.slice(2), runs))('%s: bytes and rounds of the run it foretells', async (_, foretold, run) => {
    const { bytes, rounds, ...rest } = await forecast('--model', 'model', ...foretold);
    const { stdout } = await call('infer', '--model', 'model', ...run, '--json');
    const report = JSON.parse(stdout);
    expect({ bytes, rounds }).toEqual({ bytes: report.bytes, rounds: report.rounds });
    expect(rest).toMatchObject({
      model: 'model',
      task: 'classify',
      newTokens: 0,
      padded: foretold.includes('--padded'),
    });
  });

  test('a model that is not here, from the registry; a part of it; a network', async () => {
    const asked = ['--layers', '2', '--prompt-tokens', '4', '--new-tokens', '3', '--network', 'wan'];
    const report = await forecast('--model', 'llama-7b', ...asked);
    expect(report).toMatchObject({ model: 'llama-7b', task: 'generate', tokens: 4, newTokens: 3 });
    expect(report.network).toEqual({ name: 'wan', rttMs: 40, bitsPerSecond: 400e6 });
    expect(report.perToken).toHaveLength(3);
    expect(report.perToken.reduce((n, { rounds }) => n + rounds, 0)).toBe(report.rounds);
    expect(report.perToken.reduce((n, { bytes }) => n + bytes, 0)).toBe(report.bytes.total);
    expect(report.seconds.total).toBeGreaterThanOrEqual(report.rounds * 0.02);
    const kinds = Object.values(report.kinds);
    expect(kinds.reduce((n, { seconds }) => n + seconds, 0)).toBeCloseTo(report.seconds.total, 6);
    expect(kinds.reduce((n, { bytes }) => n + bytes, 0)).toBe(report.bytes.dealer + report.bytes.online);
  });
});

test('puma cost, for people', async () => {
  const { stdout, exitCode } = await call('cost', '--model', 'model', '--tokens', '5', '--network', '10ms,1Gbit');
  expect(exitCode).toBe(0);
  const shape = stdout
    .replace(/\(\d+ cores?, .*, 1 thread a party\), limited by .*/, '(MACHINE), limited by LIMIT')
    .replace(/kind of work.*/s, 'kind of work ...')
    .replace(/-?\b\d+(\.\d+)?( [kMGT]?B| s| [MG])?\b/g, '#')
    .replace(/ +/g, ' ');
  expect(shape).toMatchInlineSnapshot(`
    "model, # tokens: counted by a dry run, exact but for time and memory

    time about # on this machine (MACHINE), limited by LIMIT
     about # if each party has such a machine
    network # ms, # Gbit/s
    traffic #: # from the dealer, # online, # with the client
    rounds #
    products # multiply-adds: for each in the clear # by weights, # in attention
    shares # at each evaluator
    memory about # for each party
    ring Z_2^#, # fractional bits; linear layers Z_2^#, # and #

    link bytes
    dealer to evaluator # #
    dealer to evaluator # #
    evaluator # to evaluator # #
    evaluator # to client #
    evaluator # to evaluator # #
    evaluator # to client #
    client to dealer #
    client to evaluator # #
    client to evaluator # #

    kind of work ..."
  `);
});

test('puma cost --help', async () => {
  expect((await call('cost', '--help')).stdout).toMatchInlineSnapshot(`
    "Usage: puma cost [options]

    foretell what an inference takes, without running it

    Options:
      --model <name|folder>              a name that \`puma models\` lists, a Hugging
                                         Face checkpoint, or synthetic:NAME
      --layers <n>                       of a synthetic model: so many layers
      --linear-ring <bits,input,weight>  ring and fractional bits of linear layers,
                                         such as 40,12,13
      --calibration <file>               the plan that \`puma calibrate\` made; when
                                         left out, calibration.json beside the
                                         weights
      --tokens <n>                       length of the text; 128, or 32 of a model
                                         that generates
      --prompt-tokens <n>                the same, for a model that generates
      --past <n>                         of a conversation: so many tokens have been
                                         read before
      --new-tokens <n>                   of a model that generates: tokens to add; 1
                                         when left out
      --padded                           the length is hidden
      --check-ranges                     check on shares that values stay within
                                         their rings; the client alone is told
      --no-check-ranges                  do not check; otherwise it is done where
                                         the weights prove too little
      --network <lan|wan|rtt,bandwidth>  as if the parties were on such a network:
                                         lan is 0.5ms,5Gbit; wan is 40ms,400Mbit
      --threads <n>                      threads of the kernels, for each party
      --json                             print one JSON object and nothing else
      -h, --help                         display help for command

    Examples:
      $ puma cost --model bert-base-uncased --tokens 128 --network wan
      $ puma cost --model llama-7b --prompt-tokens 8 --new-tokens 2 --json"
  `);
});

describe('what cannot be', () => {
  const LONG = 'the text has 65 tokens; model takes 64';
  test.each<[string, string[], string]>([
    [
      'two lengths',
      ['--model', 'model', '--tokens', '3', '--prompt-tokens', '3'],
      'puma: --tokens and --prompt-tokens mean the same: give one of them (E_USAGE)\n  try puma cost --help',
    ],
    [
      'a text that is too long',
      ['--model', 'model', '--tokens', '65'],
      `puma: ${LONG} (E_LENGTH)\n  Choose a smaller --tokens or --new-tokens.`,
    ],
    [
      'new tokens of a model that classifies',
      ['--model', 'model', '--new-tokens', '2'],
      'puma: model does not generate: it has no new tokens (E_OPTION)\n  Leave out --new-tokens.',
    ],
    [
      'layers of a checkpoint',
      ['--model', 'model', '--layers', '1'],
      'puma: model has layers of its own; only a synthetic model is made with 1 (E_MODEL)\n  Leave out --layers, or give --model synthetic:NAME.',
    ],
  ])('%s', async (_, args, stderr) => {
    expect(await call('cost', ...args)).toEqual({ stdout: '', stderr, exitCode: 2 });
  });
});
