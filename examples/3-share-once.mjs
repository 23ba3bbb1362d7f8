/**
 * Share once, ask often: the model owner's part and the client's part, apart.
 *
 *     node examples/3-share-once.mjs
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shareWeights, startParties } from 'puma-mpc';

const folder = await mkdtemp(join(tmpdir(), 'shares-'));
const shares = join(folder, 'shares');
try {
  // The model owner makes three folders, one for each party, and may leave. Only two of them together hold the model.
  const manifest = await shareWeights({ model: 'bert-tiny-sst2', out: shares });
  console.log(`shared ${manifest.model.name}: ${manifest.tensors.length} tensors in Z_2^${manifest.ring.bits}`);

  const parties = await startParties({ shares });
  try {
    const texts = ['a masterpiece', 'i want my two hours back .', 'the cast is wonderful , the script is not'];
    // Questions may be put at the same time: they are answered one after the other. With padTo, not even their lengths are seen.
    const answers = await Promise.all(texts.map((text) => parties.infer({ text, padTo: 16 })));
    answers.forEach(({ label, scores }, i) => {
      console.log(`${label} ${(100 * scores[label]).toFixed(1)} %  ${texts[i]}`);
    });
  } finally {
    await parties.close();
  }
} finally {
  await rm(folder, { recursive: true });
}
