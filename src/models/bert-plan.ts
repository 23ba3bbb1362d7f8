import type { HeadPlan } from './architecture.ts';
import type { BertConfig } from './bert-config.ts';
import { headSpellingOf, spellingOf } from './encoders/files.ts';
import type { PlannedTensor, ReadTensor } from './model.ts';
import { planHead } from './plan/head.ts';
import { type NameInFile, namesIn } from './plan/names.ts';
import { dense, type Gain, matrix, norm, planGain, planLinear, planTable } from './plan/tensors.ts';

/** Every tensor of BERT under its name in forward(); throws E_WEIGHTS when the file has not got what it is made of. */
export function planBert(c: BertConfig, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[] {
  const at = namesIn(names, spellingOf(c.files));
  const square = (file: string) => dense(at, file, c.width, c.width);
  const gain = (file: string) => norm(at, file, c.width);
  const projected = c.embedded !== c.width;
  const embeddingNorm = norm(at, 'embeddings.LayerNorm', c.embedded);
  const outputNorms = Array.from({ length: c.layers }, (_, i) => gain(`encoder.layer.${i}.output.LayerNorm`));

  const layer = (i: number): PlannedTensor[] => {
    const name = `layer.${i}`;
    const file = `encoder.layer.${i}`;
    const after = i > 0 ? outputNorms[i - 1]! : projected ? undefined : embeddingNorm;
    const read = after ? { after } : {};
    const scale = Math.LOG2E / Math.sqrt(c.width / c.heads); // attention() is in base 2
    const between = gain(`${file}.attention.output.LayerNorm`);
    const up = dense(at, `${file}.intermediate.dense`, c.width, c.inner);
    return [
      ...planLinear({ name: `${name}.query`, from: square(`${file}.attention.self.query`), ...read, scale }),
      ...planLinear({ name: `${name}.key`, from: square(`${file}.attention.self.key`), ...read }),
      ...planLinear({ name: `${name}.value`, from: square(`${file}.attention.self.value`), ...read }),
      ...planLinear({ name: `${name}.context`, from: square(`${file}.attention.output.dense`) }),
      ...planGain(`${name}.norm1`, between, c.width),
      ...planLinear({ name: `${name}.up`, from: up, after: between }),
      ...planLinear({ name: `${name}.down`, from: dense(at, `${file}.output.dense`, c.inner, c.width) }),
      ...planGain(`${name}.norm2`, outputNorms[i]!, c.width),
    ];
  };

  const table = (file: string, rows: number) => ({ rows, build: matrix(at, `${file}.weight`, rows, c.embedded) });
  const words = table('embeddings.word_embeddings', c.vocabulary);
  const types = c.types > 0 ? [table('embeddings.token_type_embeddings', c.types)] : [];
  const positions = table('embeddings.position_embeddings', c.firstPosition + c.positions);
  return [
    planTable('embeddings.table', [words, ...types], c.embedded),
    planTable('embeddings.position', [positions], c.embedded),
    ...(projected
      ? planLinear({
          name: 'embeddings.project',
          from: dense(at, 'embeddings_project', c.embedded, c.width),
          after: embeddingNorm,
        })
      : planGain('embeddings.norm', embeddingNorm, c.width)),
    ...(c.relative ? [planRelative(c, c.relative.rows, at)] : []),
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    ...planTop(c, head, at, names, outputNorms.at(-1)!),
  ];
}

/** A column for each head; attention() is in base 2. */
function planRelative(c: BertConfig, rows: number, at: NameInFile): PlannedTensor {
  const table = matrix(at, 'encoder.relative_attention_bias.weight', rows, c.heads);
  const build = async (read: ReadTensor) => (await table(read)).map((x) => x * Math.LOG2E);
  return planTable('embeddings.relative', [{ rows, build }], c.heads);
}

/** What reads the first token: the pooler and the head. */
function planTop(
  c: BertConfig,
  head: HeadPlan,
  at: NameInFile,
  names: ReadonlySet<string> | undefined,
  after: Gain,
): PlannedTensor[] {
  const inHead = namesIn(names, headSpellingOf(c.files, head.name));
  const own = c.files.heads?.[head.layers[0]?.file ?? ''];
  const layers = own ? head.layers.map((layer) => ({ ...layer, file: own.file })) : head.layers;
  if (!c.pools[head.name]) return planHead(layers, inHead);
  const pooler = own ? dense(inHead, own.pooler, c.width, c.width) : dense(at, 'pooler.dense', c.width, c.width);
  return [...planLinear({ name: 'pooler', from: pooler, after }), ...planHead(layers, inHead)];
}
