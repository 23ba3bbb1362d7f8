/** Shares of a model for which there is a plan now: their rings are checked against it. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { comparePlaintext, generate, shareWeights, startParties } from '../../src/index.ts';
import { golden, writePlan } from '../plans/planned.ts';
import { libraryWorld, read } from './library-world.ts';

const { at } = libraryWorld();

/** The logits went further than the usual rings hold. */
const FAR = 2 ** 40;

beforeAll(async () => {
  await cp(golden('llama-tied'), at('model'), { recursive: true });
  await shareWeights({ model: at('model'), out: at('shares') });
  const file = at('model', 'calibration.json');
  await writePlan(at('model'), file);
  const plan = JSON.parse(await readFile(file, 'utf8'));
  plan.sites.find(({ site }: { site: string }) => site.endsWith('logits')).range.most = FAR;
  await writeFile(file, JSON.stringify(plan));
});

const tooSmall = {
  code: 'E_RANGE',
  message: expect.stringMatching(/calibration\.json: .*logits.*: 1,099,511,627,776 where .* holds$/),
  hint: 'Share the weights again: the rings of the plan hold. Or give unsafeRanges: answers may then be wrong.',
};
const asked = { ids: [7, 1, 4, 11, 12], maxNewTokens: 1 };

test.each([
  ['startParties', () => startParties({ shares: at('shares'), model: at('model') })],
  ['comparePlaintext', () => comparePlaintext({ shares: at('shares'), model: at('model'), ids: [asked.ids] })],
])('%s refuses rings that the plan does not hold with', async (_what, call) => {
  await expect(call()).rejects.toMatchObject(tooSmall);
});

test('unsafeRanges goes on', async () => {
  const parties = await startParties({ shares: at('shares'), model: at('model'), unsafeRanges: true });
  try {
    const { pieces } = await read(generate({ parties, ...asked }));
    expect(pieces).toHaveLength(1);
    expect(parties.report()).toMatchObject({ rounds: pieces[0]!.rounds, bytes: { total: pieces[0]!.bytes.total } });
  } finally {
    await parties.close();
  }
});
