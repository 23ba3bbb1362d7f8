/** Mistakes are told before anything is made. */
import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import {
  comparePlaintext,
  cost,
  generate,
  infer,
  PumaError,
  resolveModel,
  shareWeights,
  startParties,
} from '../../src/index.ts';
import { BERT, LLAMA, libraryWorld, read, TEXT } from './library-world.ts';

const { at } = libraryWorld({ bert: BERT });

const never = () => expect.unreachable();
const rows: [what: string, call: () => Promise<unknown>, code: string, message: string, hint: string | undefined][] = [
  ['no text', () => infer({ model: BERT } as never), 'E_TEXT', 'there is no text', 'Give a text, or ids.'],
  [
    'both',
    () => infer({ model: BERT, text: 'a', ids: [1] } as never),
    'E_TEXT',
    'the text is given as ids too',
    'Give a text, or ids.',
  ],
  [
    'an empty text',
    () => infer({ model: BERT, text: ' ' }),
    'E_TEXT',
    'the text is empty',
    'Give a text of at least one word.',
  ],
  [
    'a stop text that is empty',
    () => read(generate({ model: LLAMA, prompt: TEXT, stop: ['a', ''] })),
    'E_OPTION',
    'stop is a list',
    'Give a list of texts that are not empty.',
  ],
  ['a number', () => infer({ model: BERT, text: 5 as never }), 'E_TEXT', 'the text is a number', 'Give a string.'],
  [
    'no list',
    () => infer({ model: BERT, ids: 5 } as never),
    'E_TEXT',
    'the ids of the text are no list',
    'Give whole numbers: [5, 17, 2].',
  ],
  [
    'texts beside a reference',
    () => comparePlaintext({ model: BERT, reference: 'reference.json', texts: [TEXT] }),
    'E_OPTION',
    'reference has texts of its own',
    'Leave out texts.',
  ],
  ['no options', () => infer(undefined as never), 'E_OPTION', 'options are undefined', 'Give an object.'],
  [
    'an option that there is not',
    () => startParties({ model: BERT, network: 'lan', timeout: 5 } as never),
    'E_OPTION',
    'there is no option "timeout"',
    'Options: kernels, network, signal, checkRanges, allowOverflow, onProgress, model, layers, linearRing, calibration, unsafeRanges, shares.',
  ],
  [
    'a model that is none',
    () => shareWeights({ model: 5, out: 'never' } as never),
    'E_OPTION',
    'model is 5',
    'Give a name, a folder, or what resolveModel() gave.',
  ],
  [
    'no ids',
    () => infer({ model: BERT, ids: [] }),
    'E_LENGTH',
    'the text has 0 tokens; the model takes 1 to 128',
    undefined,
  ],
  [
    'an id too large',
    () => infer({ model: BERT, ids: [8000] }),
    'E_TOKEN',
    'token id 8000 at 0 is not in 0..7999',
    'is this the tokenizer that came with the checkpoint?',
  ],
  [
    'padding that is too long',
    () => infer({ model: BERT, text: 'a', padTo: 129 }),
    'E_LENGTH',
    'padTo is 129; the model takes 128 tokens',
    'Choose a smaller number.',
  ],
  [
    'padding that is too short',
    () => comparePlaintext({ model: BERT, texts: ['a', TEXT], padTo: 4 }),
    'E_LENGTH',
    'text 2 has 11 tokens; padTo allows 4',
    'Shorten the text.',
  ],
  [
    'half a token',
    () => infer({ model: BERT, text: 'a', padTo: 2.5 }),
    'E_OPTION',
    'padTo is 2.5',
    'Give a whole number from 1 on.',
  ],
  [
    'a network',
    () => infer({ model: BERT, text: 'a', network: 'adsl' }),
    'E_OPTION',
    'network is "adsl"',
    'Give lan, wan, or a round trip and a bandwidth: 10ms,1Gbit.',
  ],
  [
    'a tolerance',
    () => comparePlaintext({ model: BERT, texts: ['a'], tolerance: 0 }),
    'E_OPTION',
    'tolerance is 0',
    'Give a number above 0.',
  ],
  [
    'a text for a synthetic model',
    () => infer({ model: 'synthetic:bert-base-uncased', text: 'a' }),
    'E_TOKENIZER',
    'synthetic:bert-base-uncased is given a text, but synthetic models have no tokenizer',
    'Give token ids instead (ids).',
  ],
  [
    'infer() of a model that generates',
    () => infer({ model: LLAMA, text: 'a' }),
    'E_TASK',
    'llama-tiny-shakespeare generates text',
    'Use generate(); with { maxNewTokens: 1 } it gives the next token.',
  ],
  [
    'generate() of one that classifies',
    () => read(generate({ model: BERT, prompt: 'a' })),
    'E_TASK',
    'bert-tiny-sst2 does not generate text: it classifies',
    'Use infer().',
  ],
  ['no prompt', () => read(generate({ model: LLAMA } as never)), 'E_TEXT', 'there is no text', 'Give a text, or ids.'],
  [
    'no room',
    () => read(generate({ model: LLAMA, ids: Array(250).fill(5), maxNewTokens: 8 })),
    'E_LENGTH',
    'the prompt has 250 tokens, and 8 are to follow; the model takes 256',
    'Shorten the text, or choose maxNewTokens 7 or less.',
  ],
  [
    'sampling without logits',
    () => read(generate({ model: LLAMA, prompt: 'O', topK: 5 })),
    'E_REVEAL',
    'sampling takes logits',
    "Add reveal: 'logits', or leave out what samples.",
  ],
  [
    'a temperature',
    () => read(generate({ model: LLAMA, prompt: 'O', reveal: 'logits', temperature: Number.NaN })),
    'E_OPTION',
    'temperature is NaN',
    'Give a number from 0 to 100.',
  ],
  [
    'no model',
    () => startParties({}),
    'E_SHARES',
    'there are neither shares nor a model',
    "Give shares: 'FOLDER', or model: 'NAME'.",
  ],
  [
    'a ring that is too small',
    () => shareWeights({ model: BERT, out: 'never', linearRing: { bits: 20, input: 12, weight: 13 } }),
    'E_RING',
    '"20,12,13" is no ring for linear layers: a product does not fit in ring.linear.bits',
    'Give BITS,INPUT,WEIGHT such as 40,12,13: bits of the ring, fractional bits of the inputs and of the weights.',
  ],
  [
    'a plan that is not there',
    () => infer({ model: BERT, text: 'a', calibration: 'none.json' }),
    'E_MISSING',
    'none.json does not exist',
    'Check the path.',
  ],
  [
    'layers of a model that was found',
    async () => cost({ model: await resolveModel(BERT), tokens: 4, layers: 1 }),
    'E_MODEL',
    'bert-tiny-sst2 is found already: its layers are set',
    'Give layers to resolveModel().',
  ],
  ['no tokens', () => cost({ model: BERT, tokens: 0 }), 'E_OPTION', 'tokens is 0', 'Give a whole number from 1 on.'],
  [
    'more tokens than fit',
    () => cost({ model: 'gpt2', tokens: 1024, newTokens: 2 }),
    'E_LENGTH',
    'the text has 1024 tokens, and 2 are to follow; gpt2 takes 1024',
    'Choose a smaller tokens or newTokens.',
  ],
];

test.each(rows)('%s', async (_what, call, code, message, hint) => {
  const error = await call().then(never, (reason) => reason);
  expect(error).toBeInstanceOf(PumaError);
  expect({ code: error.code, message: error.message, hint: error.hint }).toEqual({ code, message, hint });
});

test('a plan for shares', async () => {
  await expect(startParties({ shares: at('bert'), calibration: 'plan.json' })).rejects.toMatchObject({
    code: 'E_RING',
    message: `${at('bert')} holds shares in rings of their own`,
    hint: 'Leave out calibration, or share the weights again with it.',
  });
});

test('shares of another model', async () => {
  await expect(startParties({ shares: at('bert'), model: LLAMA })).rejects.toMatchObject({
    code: 'E_SHARES',
    message: `${at('bert')} holds shares of bert-tiny-sst2 (BertForSequenceClassification), not of llama-tiny-shakespeare (LlamaForCausalLM)`,
  });
});

test('what a party finds is told in its name', async () => {
  const broken = at('broken');
  await shareWeights({ model: at('model'), out: broken });
  await chmod(at('broken', 'party1', 'mask1.key'), 0o644);
  await expect(startParties({ shares: broken })).rejects.toMatchObject({
    code: 'E_KEY',
    message: expect.stringMatching(/^party 1: .*mask1\.key/),
  });
});
