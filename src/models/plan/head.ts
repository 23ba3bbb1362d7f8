import type { HeadLayer } from '../../heads/head.ts';
import type { Shape } from '../architecture.ts';
import type { PlannedTensor } from '../model.ts';
import { isNamed, type NameInFile, namesIn, type Spelling } from './names.ts';
import { type Build, dense, type Gain, matrix, planLinear } from './tensors.ts';

/** How the head of a decoder is spelled; `file` is what the layer is called in the family's files. */
export const decoderHead = (tied: boolean, file = 'lm_head'): Spelling => ({
  prefixes: [''],
  own: (name) => name.replace(/^lm_head\b/, file),
  hints: [
    [
      '',
      `tie_word_embeddings in config.json is ${tied}: if the embedding is the head too, set it to true; otherwise take the whole checkpoint`,
    ],
  ],
});

/** The weights of a decoder's embedding, and of its head where config.json says that both are one. */
export type Words = { words: Build; head?: Build };

/** As in transformers, a head of its own in the file counts although config.json says that there is none, and stands for an embedding that is missing. */
export function planWords(
  file: string,
  names: ReadonlySet<string> | undefined,
  spelling: Spelling,
  { tied, vocabulary, width }: Pick<Shape, 'vocabulary' | 'width'> & { tied: boolean },
  head = 'lm_head.weight',
): Words {
  const named = (name: string) => matrix(() => name, name, vocabulary, width);
  const own = tied && names?.has(head) ? named(head) : undefined;
  if (own && !isNamed(names!, file, spelling)) return { words: own, head: own };
  const words = named(namesIn(names, spelling)(file));
  return tied ? { words, head: own ?? words } : { words };
}

/** The layers of a head. The first reads `after`, a norm whose gain is folded into it; `weights` are those of the layer that unembeds, if the file has no such layer, and `scale` is a factor on what it gives. */
export function planHead(
  layers: readonly HeadLayer[],
  at: NameInFile,
  { after, weights, scale = 1 }: { after?: Gain; weights?: Build | undefined; scale?: number } = {},
): PlannedTensor[] {
  return layers.flatMap(({ name, file, inputs, outputs, unembeds }, i) => {
    const own = () => matrix(at, `${file}.weight`, outputs, inputs);
    const from = unembeds ? { inputs, outputs, weight: weights ?? own() } : dense(at, file, inputs, outputs);
    return planLinear({ name, from, ...(i === 0 && after ? { after } : {}), ...(unembeds ? { scale } : {}) });
  });
}
