import type { Head } from './head.ts';

/** The pooled output of a bare encoder. */
export const embed: Head<'embed'> = {
  name: 'embed',
  ending: 'Model',
  backbone: 'encoder',
  labelled: false,
  layers: () => [],
  forward: async (_ops, pooled) => pooled,
  verb: 'embeds',
  continues: false,
  argmax: false,
  reveals: { usual: 'output', compared: 'output', all: ['output'], permitted: [] },
  output: 'output',
  scoring: () => 'vectors',
  answer: () => ({ label: null, scores: null }),
  words: {
    answer: null,
    output: { title: 'Output', many: 'outputs', each: 'number', shown: 'pooled output', differs: 'output differs' },
    row: { one: 'row', priced: 'sentence' },
  },
};
