import type { HeadLayer } from '../heads/head.ts';
import type { PlannedTensor } from './model.ts';
import type { NameInFile } from './names.ts';
import { type Build, dense, type Gain, matrix, planLinear } from './plan.ts';

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
