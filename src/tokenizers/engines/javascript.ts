import type { Engine } from './engine.ts';
import { NoLibrary } from './native.ts';

export const javascript: Engine = {
  name: '@huggingface/tokenizers',
  open: () => {
    throw new NoLibrary('not yet');
  },
};
