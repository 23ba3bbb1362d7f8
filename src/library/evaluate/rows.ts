/** The rows of a data set, as a model takes them. */

import { corpusOf, type DataFile, examplesOf } from '../../datasets/dataset.ts';
import { labelReader } from '../../datasets/labels.ts';
import { PRESETS, type Preset } from '../../datasets/presets.ts';
import type { Text } from '../../datasets/query.ts';
import { type Window, windowsOf } from '../../datasets/windows.ts';
import { option, PumaError, words } from '../../errors.ts';
import type { Model } from '../../models/model.ts';
import type { Reader } from '../run/reader.ts';
import type { EvaluateOptions } from './options.ts';

export type DataRow = {
  /** Made when it is asked for: windows overlap. */
  text(): Text;
  /** Of its file. */
  line?: number;
  right: number | null;
  window?: Window;
};

/** Throws E_DATA, E_LABEL, E_TOKENIZER. */
export const rowsOf = (file: DataFile, options: EvaluateOptions, reader: Reader): DataRow[] =>
  reader.program.head.continues ? windowRows(file, options, reader) : tableRows(file, options, reader.program);

function tableRows(file: DataFile, options: EvaluateOptions, program: Model): DataRow[] {
  const preset: Preset = options.preset ? PRESETS[options.preset] : {};
  const known = preset.labels ? { known: { name: options.preset!, labels: preset.labels } } : {};
  const vectors = program.head.scoring(program.labels) === 'vectors';
  const read = vectors ? () => null : labelReader({ labels: program.labels, ...known });
  return examplesOf(file, options).map(({ text, pair, where, line, label }) => ({
    text: () => ({ text, where, ...(pair === undefined ? {} : { pair }) }),
    line,
    right: label === undefined ? null : read(label, where),
  }));
}

function windowRows(file: DataFile, options: EvaluateOptions, { program, tokenizer, noTokenizer }: Reader): DataRow[] {
  const { window, stride } = windowSizes(options, program);
  if (stride > window) {
    const message = words`${option('stride')} is ${stride}, past the window of ${window} tokens`;
    throw new PumaError(
      'E_DATA',
      message,
      words`Choose a smaller ${option('stride')}, or a larger ${option('window')}.`,
    );
  }
  if (!tokenizer) throw noTokenizer;
  const { ids } = tokenizer.encode(corpusOf(file, options));
  return windowsOf(ids.length, window, stride).map((one) => ({
    text: () => ({ ids: ids.slice(one.begin, one.end), where: `the window from token ${one.begin}` }),
    right: one.end - one.begin - one.first,
    window: one,
  }));
}

/** What the caller says, or what the model takes. */
export function windowSizes(
  { window, stride }: EvaluateOptions,
  { maxTokens }: Model,
): { window: number; stride: number } {
  const size = window ?? Math.min(maxTokens, WINDOW);
  return { window: size, stride: stride ?? size };
}

/** The logits of all tokens of a window are opened: unless told otherwise, of so many at once. */
const WINDOW = 1024;
