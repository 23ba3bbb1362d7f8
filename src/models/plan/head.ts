import type { HeadLayer } from '../../heads/head.ts';
import type { PlannedTensor } from '../model.ts';
import type { NameInFile, Spelling } from './names.ts';
import { type Build, dense, type Gain, matrix, planLinear } from './tensors.ts';

/** How the head of a decoder is spelled. */
export const DECODER_HEAD: Spelling = {
  prefixes: [''],
  hints: [['', 'config.json says that the head is not the embedding: is it the one that came with the checkpoint?']],
};

/** The layers of a head. The first reads `after`, a norm whose gain is folded into it; `words` are the embedding, where the head has its weights. */
export function planHead(
  layers: readonly HeadLayer[],
  at: NameInFile,
  { after, words }: { after?: Gain; words?: Build } = {},
): PlannedTensor[] {
  return layers.flatMap(({ name, file, inputs, outputs, unembeds }, i) => {
    const own = () => matrix(at, `${file}.weight`, outputs, inputs);
    const from = unembeds ? { inputs, outputs, weight: words ?? own() } : dense(at, file, inputs, outputs);
    return planLinear({ name, from, ...(i === 0 && after ? { after } : {}) });
  });
}
