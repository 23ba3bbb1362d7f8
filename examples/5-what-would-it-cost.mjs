/**
 * What would it cost? Bytes and rounds of any model, exactly, without its weights and without running it.
 *
 *     node examples/5-what-would-it-cost.mjs gpt2 32 128
 */
import { cost } from 'puma-mpc';

const [model = 'bert-base-uncased', ...lengths] = process.argv.slice(2);
const megabytes = (bytes) => (bytes / 1e6).toFixed(1).padStart(9);

console.log(`${model}\ntokens  dealer MB  online MB  client MB  rounds  multiply-adds`);
for (const tokens of lengths.length > 0 ? lengths.map(Number) : [16, 64]) {
  const { bytes, rounds, multiplyAdds } = await cost({ model, tokens });
  const { dealer, online, client } = bytes;
  const traffic = [dealer, online, client].map(megabytes).join('  ');
  console.log(
    `${String(tokens).padStart(6)}  ${traffic}  ${String(rounds).padStart(6)}  ${multiplyAdds.toExponential(1)}`,
  );
}
