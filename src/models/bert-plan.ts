import type { BertConfig } from './bert-config.ts';
import type { PlannedTensor } from './model.ts';
import { namesIn, type Spelling } from './names.ts';
import { planGain, planLinear, planTable } from './plan.ts';

const SPELLING: Spelling = {
  prefixes: ['bert.', ''],
  renamed: [
    ['LayerNorm.weight', 'LayerNorm.gamma'],
    ['LayerNorm.bias', 'LayerNorm.beta'],
  ],
  hints: [
    ['pooler', 'a checkpoint saved without its pooler (masked language models are) cannot classify or embed a text'],
    ['', 'is this a checkpoint of BERT, and config.json the one that came with it?'],
  ],
};

const HEAD: Spelling = {
  prefixes: [''],
  hints: [
    [
      '',
      'it was not fine-tuned to classify: take a fine-tuned one, or set "architectures": ["BertModel"] in config.json',
    ],
  ],
};

/** Every tensor of BERT under its name in forward(); throws E_WEIGHTS when the file has not got what it is made of. */
export function planBert(c: BertConfig, names?: ReadonlySet<string>): PlannedTensor[] {
  const at = namesIn(names, SPELLING);
  const square = { inputs: c.width, outputs: c.width };
  const embeddingNorm = 'embeddings.LayerNorm';
  const outputNorm = (i: number) => (i < 0 ? embeddingNorm : `encoder.layer.${i}.output.LayerNorm`);

  const layer = (i: number): PlannedTensor[] => {
    const name = `layer.${i}`;
    const file = `encoder.layer.${i}`;
    const self = { ...square, after: outputNorm(i - 1) };
    const scale = Math.LOG2E / Math.sqrt(c.width / c.heads); // attention() is in base 2
    const norm1 = `${file}.attention.output.LayerNorm`;
    return [
      ...planLinear(at, { name: `${name}.query`, file: `${file}.attention.self.query`, ...self, scale }),
      ...planLinear(at, { name: `${name}.key`, file: `${file}.attention.self.key`, ...self }),
      ...planLinear(at, { name: `${name}.value`, file: `${file}.attention.self.value`, ...self }),
      ...planLinear(at, { name: `${name}.context`, file: `${file}.attention.output.dense`, ...square }),
      ...planGain(at, `${name}.norm1`, norm1, c.width),
      ...planLinear(at, {
        name: `${name}.up`,
        file: `${file}.intermediate.dense`,
        inputs: c.width,
        outputs: c.inner,
        after: norm1,
      }),
      ...planLinear(at, { name: `${name}.down`, file: `${file}.output.dense`, inputs: c.inner, outputs: c.width }),
      ...planGain(at, `${name}.norm2`, outputNorm(i), c.width),
    ];
  };

  const words = { file: 'embeddings.word_embeddings.weight', rows: c.vocabulary };
  const types = { file: 'embeddings.token_type_embeddings.weight', rows: c.types };
  const positions = { file: 'embeddings.position_embeddings.weight', rows: c.positions };
  const head = { name: 'classifier', file: 'classifier', inputs: c.width, outputs: c.labels.length };
  return [
    planTable(at, 'embeddings.table', [words, types], c.width),
    planTable(at, 'embeddings.position', [positions], c.width),
    ...planGain(at, 'embeddings.norm', embeddingNorm, c.width),
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    ...planLinear(at, { name: 'pooler', file: 'pooler.dense', ...square, after: outputNorm(c.layers - 1) }),
    ...(c.architecture === 'BertForSequenceClassification' ? planLinear(namesIn(names, HEAD), head) : []),
  ];
}
