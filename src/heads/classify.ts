import { best } from './best.ts';
import type { Head, Labelling, Reading } from './head.ts';

/** Logits over labels; over one label, a score. */
export const classify: Head<'classify'> = {
  name: 'classify',
  ending: 'ForSequenceClassification',
  backbone: 'encoder',
  labelled: true,
  layers: ({ width, labels }) => [{ name: 'classifier', file: 'classifier', inputs: width, outputs: labels.length }],
  forward: async (ops, pooled) => {
    const logits = await ops.linear(pooled, 'classifier'); // [1, labels]
    await ops.tap('logits', logits);
    return logits;
  },
  verb: 'classifies',
  continues: false,
  argmax: false,
  reveals: { usual: 'output', compared: 'output', all: ['output'], permitted: [] },
  output: 'logits',
  scoring: (labels) => (labels.length === 1 ? 'scores' : 'labels'),
  answer: likeliest,
  words: {
    answer: { one: 'label', many: 'labels', written: (label) => label },
    output: { title: 'Logits', many: 'logits', each: 'label', shown: 'logits', differs: 'logits differ' },
    row: { one: 'row', priced: 'sentence' },
  },
};

/** The label of the largest logit, and the softmax over all of them. */
function likeliest(logits: readonly number[], { labels }: Reading): Labelling {
  const top = best(logits);
  const weights = logits.map((logit) => Math.exp(logit - logits[top]!));
  const total = weights.reduce((a, b) => a + b, 0);
  return { label: labels[top]!, scores: Object.fromEntries(weights.map((w, i) => [labels[i]!, w / total])) };
}
