import { PumaError } from '../errors.ts';
import { quote } from '../files/io.ts';

export type LabelReading = {
  /** Of the model; one of them means that it gives a score. */
  labels: readonly string[];
  /** What 0, 1, ... mean in the data set, where that is known, and what it is called. */
  known?: { name: string; labels: readonly string[] };
};

/** A label as it stands in a file. -> the index of the model's label; a score is itself. */
export type ReadLabel = (text: string, where: string) => number;

/**
 * Labels are the model's by name, whatever their case; or by number. A number of a data set whose labels are known is that label's
 * name if the model has it: some models count in another order. Throws E_LABEL.
 */
export function labelReader({ labels, known }: LabelReading): ReadLabel {
  if (labels.length === 1) return readScore;
  const own = indexOf(labels);
  const meant = known?.labels.map((name) => own.get(plain(name)));
  const named = meant?.every((index) => index !== undefined) ? (meant as number[]) : undefined;
  if (known && !named && known.labels.length !== labels.length) {
    const message = `${known.name} has the labels ${known.labels.join(', ')}; the model has ${labels.join(', ')}`;
    throw new PumaError('E_LABEL', message, 'Choose a model that was trained for this data set.');
  }
  const theirs = indexOf(known?.labels ?? []);
  return (text, where) => {
    const byName = own.get(plain(text)) ?? theirs.get(plain(text));
    if (byName !== undefined) return byName;
    const number = wholeOf(text);
    const index = named && number !== undefined ? named[number] : number;
    if (index !== undefined && index < labels.length) return index;
    const hint = `Labels are ${labels.map(quote).join(', ')}, or numbers from 0 to ${labels.length - 1}.`;
    throw new PumaError('E_LABEL', `${where}: ${quote(text)} is no label of the model`, hint);
  };
}

function readScore(text: string, where: string): number {
  const score = Number(text);
  if (text.trim() !== '' && Number.isFinite(score)) return score;
  throw new PumaError(
    'E_LABEL',
    `${where}: ${quote(text)} is no score`,
    'The model gives a score: labels are numbers.',
  );
}

const indexOf = (labels: readonly string[]): Map<string, number> => new Map(labels.map((name, i) => [plain(name), i]));

/** `not_entailment`, `NOT-ENTAILMENT` and `Not entailment` are one. */
const plain = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');

const wholeOf = (text: string): number | undefined => (/^\s*\d+(\.0*)?\s*$/.test(text) ? Number(text) : undefined);
