/** What evaluate() is told, and which of it goes together. */
import type { DataSpec } from '../../datasets/dataset.ts';
import { isCorpus, PRESET_NAMES } from '../../datasets/presets.ts';
import { option, PumaError, words } from '../../errors.ts';
import type { Scoring } from '../../heads/head.ts';
import { MAX_TEXTS } from '../../runtime/messages.ts';
import { choice, type Fields, field, positive, text, whole } from '../fields.ts';
import type { Padding } from '../run/query.ts';
import type { Reader } from '../run/reader.ts';
import { START_FIELDS, type StartOptions } from '../run/run.ts';
import { checkApply } from '../run/task.ts';

export type EvaluateOptions = StartOptions &
  Padding &
  DataSpec & {
    /** The file: .tsv, .csv, .jsonl, or a plain text. */
    data: string;
    /** Take so many rows only: the first. */
    limit?: number | undefined;
    /** Take a random sample of rows instead, the same every time. */
    seed?: number | undefined;
    /** How many rows are asked at once: they share rounds. */
    batch?: number | undefined;
    /** Of a model that generates: the tokens that it sees at once. */
    window?: number | undefined;
    /** Tokens from one window to the next; a window when left out. */
    stride?: number | undefined;
    /** Of how many of the rows the layers are opened, which costs traffic; 8 when left out. */
    layersOf?: number | undefined;
    /** Keep finished rows in this file, and go on after those that are there. */
    resume?: string | undefined;
    /** The most that a logit may be off; 0.1 when left out. */
    tolerance?: number | undefined;
  };

export { PRESET_NAMES };

/** Of so many rows the layers are opened. */
export const LAYERS_OF = 8;

/** Of a table or a text. */
export const DATA_FIELDS = { preset: choice(...PRESET_NAMES), textColumn: text, pairColumn: text, labelColumn: text };

const isBatch = (x: unknown): boolean => whole().safeParse(x).success && (x as number) <= MAX_TEXTS;

export const EVALUATE_FIELDS: Fields<EvaluateOptions> = {
  ...START_FIELDS,
  ...DATA_FIELDS,
  ...{ data: text, padTo: whole(), limit: whole(), seed: whole(0), stride: whole(), layersOf: whole(0), resume: text },
  batch: field(`a whole number from 1 to ${MAX_TEXTS}`, isBatch),
  window: whole(2),
  tolerance: positive,
};

/** A seed picks among rows that a limit leaves out. Throws E_OPTION. */
export function checkSelection({ seed, limit }: Pick<EvaluateOptions, 'seed' | 'limit'>): void {
  if (seed === undefined || limit !== undefined) return;
  throw new PumaError('E_OPTION', words`${option('seed')} goes with ${option('limit')}`);
}

/** Scorings that take labels of a data set. */
const LABELLED: ReadonlySet<Scoring> = new Set<Scoring>(['labels', 'scores']);

const OTHER = 'Choose another preset, or another model.';

/** What only some models take. Throws E_DATA, E_OPTION, E_LENGTH. */
export function checkModel(options: EvaluateOptions, { name, program }: Reader): void {
  const { preset, window, stride, padTo, pairColumn, labelColumn } = options;
  const { head, maxTokens, labels } = program;
  const scoring = head.scoring(labels);
  const asks = words`${option('preset', preset ?? '')}`;
  if (preset !== undefined && isCorpus(preset) !== head.continues) {
    const wanted = isCorpus(preset) ? 'generates' : 'classifies';
    throw new PumaError('E_DATA', [...asks, ` is for a model that ${wanted}; ${name} ${head.verb}`], OTHER);
  }
  const asked = preset === 'stsb' ? 'scores' : 'labels';
  if (preset !== undefined && LABELLED.has(scoring) && scoring !== asked) {
    const given = scoring === 'scores' ? 'a score' : `the labels ${labels.join(', ')}`;
    const message = [...asks, ` asks for ${asked === 'scores' ? 'a score' : 'labels'}; ${name} gives ${given}`];
    throw new PumaError('E_DATA', message, OTHER);
  }
  if (!head.continues && (window !== undefined || stride !== undefined)) {
    throw new PumaError('E_OPTION', words`${option('window')} and ${option('stride')} are for a model that generates`);
  }
  checkApply({ name, program }, { others: { pairColumn, labelColumn } });
  if (head.continues && padTo !== undefined) {
    throw new PumaError('E_OPTION', words`${option('padTo')} does not go with windows`);
  }
  if (window !== undefined && window > maxTokens) {
    const message = words`${option('window')} is ${window}; the model takes ${maxTokens} tokens`;
    throw new PumaError('E_LENGTH', message, 'Choose a smaller number.');
  }
}
