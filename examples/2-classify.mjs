/**
 * Is it praise? A sentence is classified by three processes that see neither the sentence nor the model.
 *
 *     node examples/2-classify.mjs "a warm , funny and quietly moving film ."
 */
import { infer } from 'puma-mpc';

const [text = 'a warm , funny and quietly moving film .'] = process.argv.slice(2);

// One call: shares the weights, starts three parties, asks them, and removes everything again.
const { label, scores, seconds, bytes, rounds } = await infer({ model: 'bert-tiny-sst2', text });

console.log(`${label}, ${(100 * scores[label]).toFixed(1)} % sure: ${text}`);
console.log(`${seconds.toFixed(2)} s, ${(bytes.total / 1e6).toFixed(2)} MB, ${rounds} rounds`);
