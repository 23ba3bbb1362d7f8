import { best } from './best.ts';
import type { Head } from './head.ts';

/** Logits over the next token. The parties find the largest, and show the client its index. */
export const generate: Head<'generate'> = {
  name: 'generate',
  ending: 'ForCausalLM',
  backbone: 'decoder',
  labelled: false,
  layers: ({ width, vocabulary }) => [
    { name: 'head', file: 'lm_head', inputs: width, outputs: vocabulary, unembeds: true },
  ],
  forward: async (ops, last) => {
    const logits = await ops.linear(last, 'head'); // [m, vocabulary]
    await ops.tap('logits', logits);
    return logits;
  },
  verb: 'generates',
  continues: true,
  argmax: true,
  reveals: {
    usual: 'token',
    compared: 'logits',
    all: ['token', 'logits', 'every'],
    permitted: ['logits', 'every'],
  },
  output: 'logits',
  scoring: () => 'tokens',
  answer: (logits, { decode }) => ({ label: decode([best(logits)]), scores: null }),
  words: {
    answer: { one: 'next token', many: 'next tokens', written: (token) => JSON.stringify(token) },
    output: { title: 'Logits', many: 'logits', each: 'number', shown: 'logits', differs: 'logits differ' },
    row: { one: 'window', priced: 'window' },
  },
};
