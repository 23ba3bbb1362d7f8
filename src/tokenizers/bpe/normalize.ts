import { z } from 'zod';
import { Part, unsupported } from './part.ts';
import { Pattern, patternOf } from './pattern.ts';

/** Changes a text before it is split into words. */
export type Normalize = (text: string) => string;

const Prepend = z.object({ prepend: z.string() });
const Replace = z.object({ pattern: Pattern, content: z.string() });
const Sequence = z.object({ normalizers: z.array(Part) });

/** The normalizer of tokenizer.json. */
export function normalizerOf(part: Part | null): Normalize {
  switch (part?.type) {
    case undefined:
      return (text) => text;
    case 'Prepend': {
      const { prepend } = Prepend.parse(part);
      return (text) => (text === '' ? '' : prepend + text);
    }
    case 'Replace': {
      const { pattern, content } = Replace.parse(part);
      const regex = patternOf(pattern);
      return (text) => text.replace(regex, () => content);
    }
    case 'Sequence': {
      const steps = Sequence.parse(part).normalizers.map(normalizerOf);
      return (text) => steps.reduce((now, step) => step(now), text);
    }
    default:
      return unsupported('normalizer', part!.type);
  }
}
