import { bert, distilBert, mpnet } from './bert.ts';
import { gpt2, qwen2, robertaClass } from './byte-level.ts';
import type { TokenizerClass } from './class.ts';
import { codeLlama, gemma, llama } from './llama.ts';
import { xlmRoberta } from './xlm-roberta.ts';

/** The classes that make a tokenizer anew of its vocabulary, whatever else tokenizer.json says. */
export const CLASSES: readonly TokenizerClass[] = [
  ...[bert, distilBert, mpnet, gpt2, robertaClass, qwen2, llama, codeLlama, gemma, xlmRoberta],
];

/** Names under which transformers takes tokenizer.json as it is. */
export const AS_IT_IS: readonly string[] = [
  'PreTrainedTokenizer',
  'TokenizersBackend',
  'PythonBackend',
  'BloomTokenizer',
];
