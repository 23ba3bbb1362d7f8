/** The program called in this process, and as a process: nobody could tell one from the other. */
import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { sample } from '../cases.ts';
import { world } from './world.ts';

const { at, call, puma } = world();

beforeAll(() => writeFile(at('lines.txt'), 'a b c\n\nd e\n'));

type Row = [what: string, ...args: string[]];

const quick: Row[] = [
  ['nothing asked'],
  ['help', 'infer', '--help'],
  ['a report in JSON', 'models', '--json'],
  ['a command that there is not', 'frob'],
  ['an option that there is not', 'cost', '--foo'],
  ['a checkpoint that there is not', 'share-weights', '--model', 'nowhere', '--out', 'shares'],
  ['a text that is too long', 'infer', '--model', 'model', '--text', 'a '.repeat(70)],
  ['a suite that there is not', 'bench', '--suite', 'all'],
  ['an answer', 'infer', '--model', 'model', '--text', 'a b c', '--text', 'd'],
];

const slow: Row[] = [
  ['a plan', 'calibrate', '--model', 'model', '--data', 'lines.txt', '--out', 'plan.json', '--json'],
  ['a cost', 'cost', '--model', 'model', '--tokens', '5', '--json'],
  ['a measurement', 'bench', '--model', 'model', '--tokens', '3', '--repeats', '1'],
  ['a run that fails its check', 'compare-plaintext', '--model', 'model', '--text', 'a', '--tolerance', '1e-9'],
];

test.each(sample(quick, [...quick, ...slow]))('%s', async (_what, ...args) => {
  const figures = (text: string) => text.replace(/\d+(\.\d+)?(e-\d+)?( ([kMG]?B|m?s)\b)?/g, '#').replace(/ +/g, ' ');
  const [one, other] = [await call(...args), await puma(...args)];
  const shape = ({ exitCode, stdout, stderr }: typeof one) => [exitCode, figures(stdout), figures(stderr)];
  expect(shape(one)).toEqual(shape(other));
});
