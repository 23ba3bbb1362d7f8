import { best } from './best.ts';
import type { Head, Labelling, Problem, Reading } from './head.ts';

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

/** The label of the largest score, and all scores, as transformers' pipeline for texts makes them. */
function likeliest(logits: readonly number[], { labels, problem = 'one' }: Reading): Labelling {
  const scores = SCORES[problem](logits);
  return { label: labels[best(logits)]!, scores: Object.fromEntries(scores.map((score, i) => [labels[i]!, score])) };
}

const SCORES: Readonly<Record<Problem, (logits: readonly number[]) => number[]>> = {
  one: softmax,
  several: (logits) => logits.map((logit) => 1 / (1 + Math.exp(-logit))),
  number: (logits) => [...logits],
};

function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - top));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
