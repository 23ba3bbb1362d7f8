/** Memory is used again: a second inference allocates next to nothing. */
import { expect, test, vi } from 'vitest';
import { gate } from '../../src/mpc/gate.ts';
import { equalRows } from '../../src/mpc/maximum.ts';
import { normalise, normaliseRms } from '../../src/ops/secure-norm.ts';
import { attentionRings, NORM } from '../../src/ops/secure-rings.ts';
import { inverseSums, softmaxWeights } from '../../src/ops/secure-softmax.ts';
import { localSessions } from '../../src/party/local.ts';
import { Party } from '../../src/party/party.ts';
import { kernels, maskedReals } from '../mpc/parties.ts';

const [ROWS, COLS] = [64, 48];
const RINGS = attentionRings({ scores: 12, values: 10 }, COLS, false);

test('of protocols that run again, no long array is new', async () => {
  const parties = localSessions({ kernels }).map((session) => new Party(session));
  const x = maskedReals(
    Float64Array.from({ length: ROWS * COLS }, (_, i) => (i % 11) - 5),
    { bits: 28, frac: 14, shape: [ROWS * COLS] },
  );
  const stream = maskedReals(
    Float64Array.from({ length: ROWS * COLS }, (_, i) => (i % 11) - 5),
    { ...NORM.input, shape: [ROWS, COLS] },
  );
  const once = () =>
    Promise.all(
      parties.map((party) =>
        party.scope(async (p) => {
          await gate(p, x[p.role], 'gelu');
          await inverseSums(p, await softmaxWeights(p, x[p.role], equalRows(ROWS, COLS), RINGS), COLS, RINGS);
          await normalise(p, stream[p.role], 1e-12, { bits: 52, frac: 18 });
          await normaliseRms(p, stream[p.role], 1e-12, { bits: 52, frac: 18 });
        }),
      ),
    );
  await once();
  await once(); // messages may have overlapped in another way
  const fresh = vi.spyOn(Buffer, 'allocUnsafeSlow');
  await once();
  const long = fresh.mock.calls.filter(([bytes]) => bytes >= 4096);
  fresh.mockRestore();
  expect(long.length).toBeLessThan(20); // the first time there are 654
});
