/** What the other commands make of a plan: they use it and say so, or refuse it. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { thorough } from '../cases.ts';
import { planWorld } from './plan-world.ts';

const { at, call, told, calibrate, planned, json, plan } = planWorld();

const manifest = () => json('shares/party1/manifest.json');

const TEXT = ['--text', 'a b c'];

describe('the plan beside the weights is used', () => {
  test('by every command, which say so', async () => {
    await planned('model', '--pad-to', '12');
    const { ring, data, price } = await plan('model/calibration.json');
    expect([data, price.tokens, price.padded]).toEqual([
      { file: 'texts.txt', texts: 3, tokens: 15, cut: 0, padTo: 12 },
      12,
      true,
    ]);

    const shared = await told('share-weights', '--model', 'model', '--out', 'shares');
    expect(shared).toContain('\nRings: plan of calibration.json.\n');
    expect(await manifest()).toMatchObject({ ring, calibration: 'planned' });
    const written = JSON.stringify(await manifest());
    for (const secret of ['range', 'room', 'texts.txt', 'margin']) expect(written).not.toContain(secret);

    const padded = ['--model', 'model', ...TEXT, '--pad-to', '12', '--json'];
    const answer = JSON.parse(await told('infer', ...padded));
    expect(answer.ring).toEqual({ bits: 64, fractionBits: 18, plan: 'calibration.json' });
    expect(answer.bytes.total).toBe(price.plan.bytes);
    expect(answer.rounds).toBe(price.plan.rounds);
    const fromShares = JSON.parse(await told('infer', ...padded, '--shares', 'shares'));
    expect(fromShares.ring.plan).toBe('the shares');
    expect(fromShares.bytes.total).toBe(price.plan.bytes);
    const compared = JSON.parse(await told('compare-plaintext', ...padded));
    expect([compared.ring.plan, compared.within]).toEqual(['calibration.json', true]);

    const cost = JSON.parse(await told('cost', '--model', 'model', '--tokens', '12', '--padded', '--json'));
    expect([cost.ring.plan, cost.bytes, cost.rounds]).toEqual(['calibration.json', answer.bytes, answer.rounds]);
  });

  thorough('by bench too', async () => {
    await planned('model');
    const { price } = await plan('model/calibration.json');
    const bench = JSON.parse(await told('bench', '--model', 'model', '--tokens', '6', '--repeats', '1', '--json'));
    expect(bench.cases[0].bytes.total).toBe(price.plan.bytes);
  });

  thorough('for people', async () => {
    await planned('loud');
    expect(await told('infer', '--model', 'loud', ...TEXT)).toContain(
      '\nring     Z_2^64, 18 fractional bits; plan of calibration.json; ',
    );
    expect(await told('cost', '--model', 'loud', '--tokens', '5')).toMatch(
      /\nring +Z_2\^64, 18 fractional bits; plan of calibration\.json\n/,
    );
    const compared = await told('compare-plaintext', '--model', 'loud', ...TEXT);
    expect(compared).toContain('; plan of calibration.json; ');
  });
});

describe('--calibration', () => {
  thorough('of a model that is part of Puma', async () => {
    const model = ['--model', 'bert-tiny-sst2'];
    await told('calibrate', ...model, '--data', 'texts.txt', '--out', 'out.json');
    const { price, ring } = await plan('out.json');
    const cost = JSON.parse(
      await told('cost', ...model, '--calibration', 'out.json', '--tokens', `${price.tokens}`, '--json'),
    );
    expect([cost.bytes.total, cost.rounds, cost.ring.plan]).toEqual([price.plan.bytes, price.plan.rounds, 'out.json']);
    await told('share-weights', ...model, '--calibration', 'out.json', '--out', 'shares');
    expect((await manifest()).ring).toEqual(ring);
  });

  test('shares have rings of their own', async () => {
    await planned('model', '--out', 'out.json');
    await told('share-weights', '--model', 'model', '--out', 'shares');
    expect((await manifest()).calibration).toBe('absent');
    const asked = ['infer', '--model', 'model', ...TEXT, '--shares', 'shares', '--calibration', 'out.json'];
    expect(await call(...asked)).toEqual({
      stdout: '',
      stderr:
        'puma: shares holds shares in rings of their own (E_RING)\n  Leave out --calibration, or share the weights again with it.',
      exitCode: 2,
    });
  });
});

describe('--linear-ring decides, and is checked against the plan', () => {
  beforeEach(() => planned('model'));
  const share = (...more: string[]) => call('share-weights', '--model', 'model', '--out', 'shares', ...more);

  test('one that holds', async () => {
    expect((await share('--linear-ring', '50,16,16')).exitCode).toBe(0);
    expect(await manifest()).toMatchObject({
      ring: { linear: { bits: 50, input: 16 }, sites: {} },
      calibration: 'checked',
    });
  });

  test('one that does not', async () => {
    const refused = new RegExp(
      String.raw`^puma: \./model/calibration\.json: \S[^:]*: [\d.,]+ where [\d.]+ holds, and \d+ more \(E_RANGE\)\n` +
        String.raw` {2}Leave out --linear-ring: the rings of the plan hold\. Or give --unsafe-ranges: answers may then be wrong\.$`,
    );
    const { stdout, stderr, exitCode } = await share('--linear-ring', '26,12,12');
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(refused);
    expect((await call('infer', '--model', 'model', ...TEXT, '--linear-ring', '26,12,12')).stderr).toMatch(refused);
    expect((await share('--linear-ring', '26,12,12', '--unsafe-ranges')).exitCode).toBe(0);
    expect((await manifest()).calibration).toBe('overridden');
    const cost = JSON.parse(await told('cost', '--model', 'model', '--linear-ring', '26,12,12', '--json'));
    expect(cost.ring).toMatchObject({ linear: { bits: 26 } });
    expect(cost.ring.plan).toBeUndefined();
  });
});

describe('a plan that is refused', () => {
  type Refused = [what: string, calibration: () => Promise<unknown>, model: string, more: string[], stderr: RegExp];
  test.each<Refused>([
    [
      'of another checkpoint',
      () => planned('loud', '--out', 'model/calibration.json'),
      'model',
      [],
      /^puma: \.\/model\/calibration\.json is the plan of another checkpoint: of loud with digest [0-9a-f]{12}; \.\/model has [0-9a-f]{12} \(E_CALIBRATION\)\n {2}Make a plan of this checkpoint with puma calibrate\.$/,
    ],
    [
      'of an older version',
      () => writeFile(at('model/calibration.json'), '{"format": "puma-calibration/1"}'),
      'model',
      [],
      /^puma: \.\/model\/calibration\.json has the format "puma-calibration\/1"; this version reads puma-plan\/1 \(E_CALIBRATION\)\n {2}Make it again with puma calibrate\.$/,
    ],
    [
      'that is not there',
      async () => {},
      'model',
      ['--calibration', 'none.json'],
      /^puma: none\.json does not exist \(E_MISSING\)\n {2}Check the path\.$/,
    ],
    [
      'for made-up weights',
      () => writeFile(at('out.json'), '{}'),
      'synthetic:gpt2',
      ['--calibration', 'out.json'],
      /^puma: synthetic:gpt2 has made-up weights: no plan is for them \(E_CALIBRATION\)\n {2}Leave out the plan\.$/,
    ],
  ])('%s', async (_, make, model, more, stderr) => {
    await make();
    const commands = [
      ['infer', '--input-ids', '5,6'],
      ['share-weights', '--out', 'shares'],
      ['cost', '--tokens', '5'],
    ];
    for (const command of commands) {
      const ended = await call(...command, '--model', model, ...more);
      expect(ended.stderr).toMatch(stderr);
      expect([ended.stdout, ended.exitCode]).toEqual(['', 2]);
    }
  });

  test('with a change of the weights since', async () => {
    await cp(at('model'), at('changed'), { recursive: true });
    await calibrate('changed');
    const weights = await readFile(at('changed/model.safetensors'));
    weights[weights.length - 1]! ^= 1;
    await writeFile(at('changed/model.safetensors'), weights);
    const { stderr } = await call('cost', '--model', 'changed', '--tokens', '5');
    expect(stderr).toContain('calibration.json is the plan of another checkpoint: of changed with digest ');
  });
});
