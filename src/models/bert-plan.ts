import type { HeadPlan } from './architecture.ts';
import type { BertConfig } from './bert-config.ts';
import type { PlannedTensor } from './model.ts';
import { planHead } from './plan/head.ts';
import { type NameInFile, namesIn, type Spelling } from './plan/names.ts';
import { dense, type Gain, matrix, norm, planGain, planLinear, planTable } from './plan/tensors.ts';

const spelling = (family: BertConfig['family']): Spelling => ({
  prefixes: [`${family}.`, ''],
  renamed: [
    ['LayerNorm.weight', 'LayerNorm.gamma'],
    ['LayerNorm.bias', 'LayerNorm.beta'],
  ],
  hints: [
    ['pooler', 'a checkpoint saved without its pooler (masked language models are) cannot classify or embed a text'],
    ['', `is this a checkpoint of ${NAMES[family]}, and config.json the one that came with it?`],
  ],
});

const NAMES = { bert: 'BERT', roberta: 'RoBERTa' };

const BARE = { bert: 'BertModel', roberta: 'RobertaModel' };

const headSpelling = (family: BertConfig['family'], verb: string): Spelling => ({
  prefixes: [''],
  hints: [
    [
      '',
      `it was not fine-tuned to ${verb}: take a fine-tuned one, or set "architectures": ["${BARE[family]}"] in config.json`,
    ],
  ],
});

/** RoBERTa's classifier is two layers, and the first is its pooler: by the name that the head gives its layer. */
const ROBERTA_HEADS: Readonly<Record<string, { pooler: string; file: string }>> = {
  classifier: { pooler: 'classifier.dense', file: 'classifier.out_proj' },
};

/** Every tensor of BERT under its name in forward(); throws E_WEIGHTS when the file has not got what it is made of. */
export function planBert(c: BertConfig, head: HeadPlan, names?: ReadonlySet<string>): PlannedTensor[] {
  const at = namesIn(names, spelling(c.family));
  const square = (file: string) => dense(at, file, c.width, c.width);
  const gain = (file: string) => norm(at, file, c.width) as Required<Gain>;
  const embeddingNorm = gain('embeddings.LayerNorm');
  const outputNorms = Array.from({ length: c.layers }, (_, i) => gain(`encoder.layer.${i}.output.LayerNorm`));

  const layer = (i: number): PlannedTensor[] => {
    const name = `layer.${i}`;
    const file = `encoder.layer.${i}`;
    const after = i === 0 ? embeddingNorm : outputNorms[i - 1]!;
    const scale = Math.LOG2E / Math.sqrt(c.width / c.heads); // attention() is in base 2
    const between = gain(`${file}.attention.output.LayerNorm`);
    const up = dense(at, `${file}.intermediate.dense`, c.width, c.inner);
    return [
      ...planLinear({ name: `${name}.query`, from: square(`${file}.attention.self.query`), after, scale }),
      ...planLinear({ name: `${name}.key`, from: square(`${file}.attention.self.key`), after }),
      ...planLinear({ name: `${name}.value`, from: square(`${file}.attention.self.value`), after }),
      ...planLinear({ name: `${name}.context`, from: square(`${file}.attention.output.dense`) }),
      ...planGain(`${name}.norm1`, between, c.width),
      ...planLinear({ name: `${name}.up`, from: up, after: between }),
      ...planLinear({ name: `${name}.down`, from: dense(at, `${file}.output.dense`, c.inner, c.width) }),
      ...planGain(`${name}.norm2`, outputNorms[i]!, c.width),
    ];
  };

  const table = (file: string, rows: number) => ({ rows, build: matrix(at, `${file}.weight`, rows, c.width) });
  const words = table('embeddings.word_embeddings', c.vocabulary);
  const types = table('embeddings.token_type_embeddings', c.types);
  const positions = table('embeddings.position_embeddings', c.firstPosition + c.positions);
  return [
    planTable('embeddings.table', [words, types], c.width),
    planTable('embeddings.position', [positions], c.width),
    ...planGain('embeddings.norm', embeddingNorm, c.width),
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    ...planTop(c, head, at, names, outputNorms.at(-1)!),
  ];
}

/** What reads the first token: the pooler and the head. */
function planTop(
  c: BertConfig,
  head: HeadPlan,
  at: NameInFile,
  names: ReadonlySet<string> | undefined,
  after: Gain,
): PlannedTensor[] {
  const inHead = namesIn(names, headSpelling(c.family, head.name));
  const own = c.family === 'roberta' ? ROBERTA_HEADS[head.layers[0]?.file ?? ''] : undefined;
  const layers = own ? head.layers.map((layer) => ({ ...layer, file: own.file })) : head.layers;
  const pooler = own ? dense(inHead, own.pooler, c.width, c.width) : dense(at, 'pooler.dense', c.width, c.width);
  return [...planLinear({ name: 'pooler', from: pooler, after }), ...planHead(layers, inHead)];
}
