/** The rows of a data set, as a model takes them. */

import { corpusOf, type DataFile, examplesOf } from '../datasets/dataset.ts';
import { labelReader } from '../datasets/labels.ts';
import { PRESETS, type Preset } from '../datasets/presets.ts';
import type { Text } from '../datasets/texts.ts';
import { type Window, windowsOf } from '../datasets/windows.ts';
import { PumaError } from '../errors.ts';
import { openModelTokenizer } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import type { Model } from '../models/model.ts';
import type { DataOptions } from './compare-data-options.ts';

export type DataRow = {
  /** Made when it is asked for: windows overlap. */
  text(): Text;
  /** Of its file. */
  line?: number;
  right: number | null;
  window?: Window;
};

export async function rowsOf(
  file: DataFile,
  options: DataOptions,
  model: ResolvedModel,
  program: Model,
): Promise<DataRow[]> {
  return program.head.continues ? windowRows(file, options, model, program) : tableRows(file, options, program);
}

function tableRows(file: DataFile, options: DataOptions, program: Model): DataRow[] {
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

async function windowRows(
  file: DataFile,
  options: DataOptions,
  model: ResolvedModel,
  program: Model,
): Promise<DataRow[]> {
  const { window, stride } = windowSizes(options, program);
  if (stride > window) {
    const message = `--stride is ${stride}, past the window of ${window} tokens`;
    throw new PumaError('E_DATA', message, 'Choose a smaller --stride, or a larger --window.');
  }
  const tokenizer = await openModelTokenizer(model);
  const { ids } = tokenizer.encode(corpusOf(file, options));
  return windowsOf(ids.length, window, stride).map((one) => ({
    text: () => ({ ids: ids.slice(one.begin, one.end), where: `the window from token ${one.begin}` }),
    right: one.end - one.begin - one.first,
    window: one,
  }));
}

/** What the caller says, or what the model takes. */
export function windowSizes({ window, stride }: DataOptions, { maxTokens }: Model): { window: number; stride: number } {
  const size = window ?? Math.min(maxTokens, WINDOW);
  return { window: size, stride: stride ?? size };
}

/** The logits of all tokens of a window are opened: unless told otherwise, of so many at once. */
const WINDOW = 1024;
