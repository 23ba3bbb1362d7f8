/**
 * A text goes on, token by token: parties find each next token without seeing it.
 *
 *     node examples/4-generate.mjs "ROMEO:" gpt2-tiny-shakespeare
 */
import { generate } from 'puma-mpc';

const [prompt = 'JULIET:\n', model = 'llama-tiny-shakespeare'] = process.argv.slice(2);

let [tokens, seconds, bytes] = [0, 0, 0];
process.stdout.write(prompt);
for await (const piece of generate({ model, prompt, maxNewTokens: 24, stop: ['\n\n'] })) {
  process.stdout.write(piece.text); // as soon as it is known
  tokens += 1;
  seconds += piece.seconds;
  bytes += piece.bytes.total;
}
console.log(`\n\n${tokens} tokens, ${seconds.toFixed(1)} s, ${(bytes / 1e6).toFixed(1)} MB`);
