/** Checkpoints whose values leave every ring: their answers are withheld. Three processes each; in one process, test/runtime/crafted.test.ts. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { sample } from '../cases.ts';
import { CRAFTED, type Crafted, writeCrafted } from '../models/crafted.ts';
import { world } from './world.ts';

const { at, call } = world();

/** One that no rings hold, and one that a plan holds. */
const CASES = sample(
  CRAFTED.filter(({ name }) => /down projection|mean squares/.test(name)),
  CRAFTED,
);

const folderOf = ({ name }: Crafted) => name.replaceAll(/\W+/g, '-');
const ask = (crafted: Crafted, ...more: string[]) => {
  const ends = crafted.from.startsWith('roberta') ? [] : ['--max-new-tokens', '1'];
  return call('infer', '--model', folderOf(crafted), '--input-ids', '5,7,11,4,9', ...ends, ...more);
};

/** Golden models have no tokenizer. This one has letters. */
async function writeTokenizer(folder: string): Promise<void> {
  const tokens = ['<s>', '<pad>', '</s>', '<unk>', ...'abcdefghijklmnopqrstuvwxyz'];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const model = { type: 'BPE', vocab, merges: [], unk_token: null };
  await writeFile(at(folder, 'tokenizer.json'), JSON.stringify({ added_tokens: [], pre_tokenizer: null, model }));
}

beforeAll(async () => {
  for (const crafted of CASES) {
    await writeCrafted(crafted, at(folderOf(crafted)));
    await writeTokenizer(folderOf(crafted));
  }
  await writeFile(at('texts.txt'), 'behd\ncaf\nzyxwv\n');
});

describe.each(CASES)('$name', (crafted) => {
  test('the answer is withheld, and given to who wants it all the same', async () => {
    const { stdout, stderr, exitCode } = await ask(crafted);
    expect({ stdout, exitCode }).toEqual({ stdout: expect.not.stringMatching(/time/), exitCode: 1 });
    expect(stderr).toMatch(
      new RegExp(`^puma: the answer is withheld: .*values left their range at ${crafted.kind} \\(found \\d+ times\\)`),
    );
    expect(stderr).toMatch(/\(E_OVERFLOW\)\n {2}Make a plan of its rings: puma calibrate\. With --allow-overflow/);
    expect((await ask(crafted, '--allow-overflow', '--json')).exitCode).toBe(0);
  });

  test('calibrate plans rings that hold it, or names the places that none holds, and writes nothing', async () => {
    const folder = folderOf(crafted);
    const { stdout, stderr, exitCode } = await call('calibrate', '--model', folder, '--data', 'texts.txt');
    const plan = existsSync(at(folder, 'calibration.json'));
    if (crafted.planned) {
      expect({ stderr, exitCode, plan }).toEqual({ stderr: '', exitCode: 0, plan: true });
      expect(stdout).toMatch(/^The default rings do not hold .*; those of the plan do\.$/m);
      const right = await call('compare-plaintext', '--model', folder, '--input-ids', '5,7,11,4,9');
      expect(right).toMatchObject({ stderr: '', exitCode: 0 });
      return;
    }
    expect({ stdout, exitCode, plan }).toEqual({ stdout: '', exitCode: 1, plan: false });
    expect(stderr).toMatch(
      new RegExp(
        `^puma: no rings within 64 bits hold ${folder} on these texts with 2 bits of head room: \\d+ places?\n` +
          '(  [a-z0-9.]+ [a-z ]+: \\S+ where [\\d,]+ holds( \\(E_RANGE\\))?\n)+  Nothing is written\\. Try a smaller --head-room\\.$',
      ),
    );
  });
});

test('a model that its weights prove is not checked, unless that is asked for', async () => {
  const of = async (...more: string[]) =>
    JSON.parse((await call('infer', '--model', 'model', '--input-ids', '2,7,3', '--json', ...more)).stdout);
  const [plain, checked] = [await of(), await of('--check-ranges')];
  expect(plain.ranges).toBe('proved by the weights: no text leaves the rings');
  expect(checked.ranges).toBe('checked: no value left the rings');
  expect(plain.kinds.check).toBeUndefined();
});
