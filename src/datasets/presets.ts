import type { Headerless } from './table.ts';

/** What is known of a data set by name. */
export type Preset = {
  /** Columns; of the label's names, the first that is there. None in a plain text. */
  text?: string;
  pair?: string;
  label?: readonly string[];
  headerless?: Headerless;
  /** What the labels 0, 1, ... mean; missing where the label is a score. */
  labels?: readonly string[];
};

const ENTAILMENT = ['entailment', 'not_entailment'];

/** Columns as in the files of GLUE (Wang et al., arXiv 1804.07461), and as the hub's copies of them are named. */
export const PRESETS = {
  sst2: { text: 'sentence', label: ['label'], labels: ['negative', 'positive'] },
  cola: {
    text: 'sentence',
    label: ['label'],
    labels: ['unacceptable', 'acceptable'],
    headerless: { columns: ['source', 'label', 'mark', 'sentence'], sign: 'sentence' },
  },
  rte: { text: 'sentence1', pair: 'sentence2', label: ['label'], labels: ENTAILMENT },
  qnli: { text: 'question', pair: 'sentence', label: ['label'], labels: ENTAILMENT },
  stsb: { text: 'sentence1', pair: 'sentence2', label: ['score', 'label'] },
  wikitext: {},
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** Whether it is one text, for models that generate. */
export const isCorpus = (name: PresetName): boolean => !('text' in PRESETS[name]);
