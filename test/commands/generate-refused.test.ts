/** `puma infer` of models that generate: what is refused before a party starts. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { world } from './world.ts';

const { at, call } = world();

const MODEL = join(projectRoot(), 'models/llama-tiny-shakespeare');
const infer = (...args: string[]) => ['infer', '--model', MODEL, ...args];

const ids = (n: number) => Array(n).fill(7).join(',');
beforeAll(async () => {
  const damaged = async (name: string, change: (config: Record<string, unknown>) => object) => {
    await cp(MODEL, at(name), { recursive: true });
    const config = JSON.parse(await readFile(at(name, 'config.json'), 'utf8'));
    await writeFile(at(name, 'config.json'), JSON.stringify(change(config)));
  };
  await damaged('su', (config) => ({
    ...config,
    rope_parameters: { rope_theta: 1e4, rope_type: 'su', factor: 2 },
  }));
  await damaged('keyless', ({ hidden_size: _, ...config }) => config);
  await damaged('fewer', (config) => ({ ...config, vocab_size: 1000 }));
  await damaged('bare', (config) => config);
  await rm(at('bare', 'tokenizer.json'));
  await call('share-weights', '--model', MODEL, '--out', 'closed');
  await damaged('odd', (config) => ({ ...config, num_key_value_heads: 3 }));
});

const FIT = 'Shorten the text, or choose --max-new-tokens';
const cases: [what: string, args: string[], message: string, hint: string][] = [
  [
    'more than the context',
    infer('--input-ids', ids(257)),
    `--input-ids ${ids(257)} has 257 tokens; the model takes 256 (E_LENGTH)`,
    'Shorten the text.',
  ],
  [
    'more with the new tokens',
    infer('--input-ids', ids(250), '--max-new-tokens', '8'),
    `--input-ids ${ids(250)} has 250 tokens, and 8 are to follow; the model takes 256 (E_LENGTH)`,
    `${FIT} 7 or less.`,
  ],
  [
    'an id that is none',
    infer('--input-ids', '5,x'),
    '--input-ids "5,x" is no list of token ids (E_TOKEN)',
    'Give whole numbers with commas between them: 5,17,2',
  ],
  [
    'an id beyond the vocabulary',
    infer('--input-ids', '5,1024'),
    'token id 1024 at 1 is not in 0..1023 (E_TOKEN)',
    'is this the tokenizer that came with the checkpoint?',
  ],
  [
    'sampling without logits',
    infer('--prompt', 'a', '--top-k', '3'),
    'sampling takes logits (E_REVEAL)',
    'Add --reveal logits, or leave out what samples.',
  ],
  [
    'a share of more than all',
    infer('--prompt', 'a', '--top-p', '1.5'),
    "option '--top-p <p>' argument '1.5' is invalid. It must be a number from 0 to 1. (E_USAGE)",
    'try puma infer --help',
  ],
  [
    'an unknown kind of rotary scaling',
    ['infer', '--model', 'su', '--prompt', 'a'],
    'config.json: rope_parameters.rope_type is "su", expected default, linear, dynamic, yarn, longrope, llama3 or proportional (E_CONFIG)',
    'use the config.json that came with the checkpoint',
  ],
  [
    'a config without a key',
    ['infer', '--model', 'keyless', '--prompt', 'a'],
    'config.json: hidden_size is missing (E_CONFIG)',
    'use the config.json that came with the checkpoint',
  ],
  [
    'heads that do not share evenly',
    ['infer', '--model', 'odd', '--prompt', 'a'],
    'config.json: num_attention_heads is 4, expected a multiple of num_key_value_heads (3) (E_CONFIG)',
    'use the config.json that came with the checkpoint',
  ],
  [
    'a tokenizer of another vocabulary',
    ['infer', '--model', 'fewer', '--prompt', 'a'],
    'model.embed_tokens.weight is [1024, 128]; llama expects [1000, 128] (E_SHAPE)',
    "The weights in ./fewer/model.safetensors do not fit the model's configuration.",
  ],
  [
    'a stop text that is empty',
    ['infer', '--model', 'bare', '--input-ids', '1', '--stop', ''],
    "option '--stop <text>' argument '' is invalid. It must not be empty. (E_USAGE)",
    'try puma infer --help',
  ],
  [
    'a stop text without a tokenizer',
    ['infer', '--model', 'bare', '--input-ids', '1', '--stop', 'x'],
    '--stop takes a text, and there is no tokenizer (E_TOKENIZER)',
    'Leave out --stop.',
  ],
  [
    'a text for a synthetic model',
    ['infer', '--model', 'synthetic:gpt2', '--prompt', 'a'],
    'synthetic:gpt2 is given a text, but synthetic models have no tokenizer (E_TOKENIZER)',
    'Give token ids instead (--input-ids).',
  ],
  [
    'another ring than that of the shares',
    ['infer', '--model', MODEL, '--shares', 'closed', '--prompt', 'a', '--linear-ring', '40,12,13'],
    'closed holds shares in rings of their own (E_RING)',
    'Leave out --linear-ring, or share the weights again with it.',
  ],
];
test.each(cases)('%s', async (_, args, message, hint) => {
  const { stdout, stderr, exitCode } = await call(...args);
  expect({ stdout, lines: stderr.split('\n'), exitCode }).toEqual({
    stdout: '',
    lines: [`puma: ${message}`, `  ${hint}`],
    exitCode: 2,
  });
});
