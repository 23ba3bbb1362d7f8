import { type KnownModel, listModels } from '../library/models.ts';
import { describeModels, type ModelRow } from '../report/models.ts';
import { terminalStyle } from '../terminal/style.ts';
import { JSON_OPTION, type Verb } from '../terminal/verb.ts';
import { linesOf } from '../terminal/words.ts';

/** `puma models`: the registry, and what of it is on this disk. */
export const models: Verb<{ json?: boolean }> = {
  name: 'models',
  summary: 'list known models and where they are',
  options: [JSON_OPTION],
  examples: ['puma models'],
  async run({ json }) {
    const rows = (await listModels()).map(rowOf);
    return json ? JSON.stringify({ models: rows }) : describeModels(rows, terminalStyle());
  },
};

function rowOf({ missing, folder, ...model }: KnownModel): ModelRow {
  if (missing === null) return { ...model, folder, hint: null };
  const { message, hint = message } = linesOf(missing);
  return { ...model, folder, hint: model.source === 'huggingface' ? `puma pull ${model.name}` : hint };
}
