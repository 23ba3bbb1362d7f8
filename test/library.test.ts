/** The library as its users call it, on bundled models: real parties, and after every test nothing left of them. */
import { chmod, cp, readdir } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  comparePlaintext,
  cost,
  generate,
  infer,
  loadKernels,
  type Parties,
  type Piece,
  PumaError,
  resolveModel,
  type StartOptions,
  shareWeights,
  startParties,
} from '../src/index.ts';
import { world } from './commands/world.ts';
import { picks } from './library/picks.ts';
import { plainTokens } from './library/plain-tokens.ts';
import { CRAFTED, writeCrafted } from './models/crafted.ts';
import { golden, writePlan } from './plans/planned.ts';

const { at, parties: processes } = world();

const BERT = 'bert-tiny-sst2';
const LLAMA = 'llama-tiny-shakespeare';
const GPT2 = 'gpt2-tiny-shakespeare';
const TEXT = 'a warm , funny and quietly moving film .';

beforeAll(async () => {
  process.env.TMPDIR = at('tmp'); // parties and temporary files of this process are then those that world() looks for
  await shareWeights({ model: BERT, out: at('bert') });
  await shareWeights({ model: LLAMA, out: at('llama') });
  await shareWeights({ model: at('model'), out: at('small') });
});

/** Starts parties, works with them, closes them. */
async function withParties<T>(options: StartOptions, work: (parties: Parties) => Promise<T>): Promise<T> {
  const parties = await startParties(options);
  try {
    return await work(parties);
  } finally {
    await parties.close();
  }
}

async function read(pieces: AsyncIterable<Piece>): Promise<{ ids: number[]; text: string; pieces: Piece[] }> {
  const all: Piece[] = [];
  for await (const piece of pieces) all.push(piece);
  return { ids: all.map(({ id }) => id), text: all.map(({ text }) => text).join(''), pieces: all };
}

describe('infer', () => {
  test('one call: the answer, at exactly the cost that was foretold', async () => {
    const answer = await infer({ model: BERT, text: TEXT });
    expect(answer.label).toBe('POSITIVE');
    expect(answer.scores!.NEGATIVE! + answer.scores!.POSITIVE!).toBeCloseTo(1, 12);
    const { ids } = await withParties({ shares: at('bert') }, async (parties) => ({ ids: parties.tokenize(TEXT) }));
    const { bytes, rounds } = await cost({ model: BERT, tokens: ids.length });
    expect({ bytes: answer.bytes, rounds: answer.rounds }).toEqual({ bytes, rounds });
  });

  test('a model that embeds gives its pooled output', async () => {
    const answer = await infer({
      model: await resolveModel('synthetic:bert-base-uncased', { layers: 1 }),
      ids: [5, 7],
    });
    expect(answer).toMatchObject({ label: null, scores: null });
    expect(answer.logits).toHaveLength(768);
  });

  test('progress: the weights to their last byte, then every layer', async () => {
    const seen: string[] = [];
    const steps = new Set<string>();
    let [bytes, all] = [0, 1];
    await infer({
      model: BERT,
      text: TEXT,
      onProgress({ what, done, total, name }) {
        steps.add(what);
        if (what === 'share') [bytes, all] = [done, total];
        if (what === 'compute' && name) seen.push(name);
      },
    });
    expect([...steps]).toEqual(['share', 'start', 'compute']);
    expect(bytes).toBe(all);
    expect(seen).toEqual(['embeddings', 'layer.0', 'layer.1', 'pooler', 'logits']);
  });
});

describe('parties', () => {
  test('answer questions that are put at the same time, padded or not', async () => {
    await withParties({ shares: at('bert'), kernels: loadKernels() }, async (parties) => {
      const texts = ['a masterpiece', 'awful', TEXT];
      const answers = await Promise.all(texts.map((text) => infer({ parties, text, padTo: 16 })));
      expect(answers.map(({ label }) => label)).toEqual(['POSITIVE', 'NEGATIVE', 'POSITIVE']);
      expect(new Set(answers.map(({ bytes }) => bytes.total)).size).toBe(1);
      expect(parties.model).toEqual({
        ...{ name: BERT, task: 'classify', labels: ['NEGATIVE', 'POSITIVE'] },
        ...{ maxTokens: 128, vocabularySize: 8000 },
      });
      const pair = await parties.infer({ text: 'a film', pair: 'awful' });
      const ids = await parties.infer({ ids: parties.tokenize('a film', 'awful') });
      expect(pair.bytes.total).toBe(ids.bytes.total);
    });
  });

  test('without a tokenizer, ids are answered', async () => {
    await withParties({ shares: at('small') }, async (parties) => {
      expect((await parties.infer({ ids: [2, 5, 6, 3] })).label).toMatch(/^(posi|nega)tive$/);
      await expect(parties.infer({ text: 'a b' })).rejects.toMatchObject({
        code: 'E_TOKENIZER',
        message: 'model is given a text, and there is no tokenizer',
        hint: 'Give ids; or give startParties() the model, for its tokenizer.',
      });
      expect(() => parties.tokenize('a b')).toThrow('model is given a text, and there is no tokenizer');
    });
    await withParties({ shares: at('small'), model: at('model') }, async (parties) => {
      expect(parties.tokenize('a b')).toEqual([2, 5, 6, 3]);
    });
  });

  test('that are closed answer nobody, and close once', async () => {
    const parties = await startParties({ shares: at('bert') });
    const waiting = parties.infer({ text: TEXT });
    waiting.catch(() => {});
    await Promise.all([parties.close(), parties.close()]);
    const closed = { code: 'E_CLOSED', message: 'the parties have been closed' };
    await expect(waiting).rejects.toMatchObject(closed);
    await expect(parties.infer({ text: TEXT })).rejects.toMatchObject(closed);
    await expect(read(parties.generate({ prompt: TEXT }))).rejects.toMatchObject({ code: 'E_TASK' });
  });

  test('are disposed of where the language does it', async () => {
    const parties = await startParties({ shares: at('bert') });
    await parties[Symbol.asyncDispose]();
    expect(await readdir(at('tmp'))).toEqual([]);
  });

  test('of which one died say so', async () => {
    await withParties({ shares: at('bert') }, async (parties) => {
      const [dealer] = await processes('0');
      process.kill(dealer!, 'SIGKILL');
      const killed = { code: 'E_PARTY', message: 'party 0 was killed (SIGKILL)' };
      await expect(parties.infer({ text: TEXT })).rejects.toMatchObject(killed);
      await expect(parties.infer({ text: TEXT })).rejects.toMatchObject(killed);
    });
  });
});

describe('generate', () => {
  test.each([
    [LLAMA, 'ROMEO:\nWhat'],
    [GPT2, 'JULIET:\nO'],
  ])('%s: the tokens of the model in the clear', async (model, prompt) => {
    const { ids, text, pieces } = await read(generate({ model, prompt, maxNewTokens: 6 }));
    const plain = await plainTokens(model, prompt, 6);
    expect({ ids, text }).toEqual(plain);
    for (const { seconds, bytes, rounds, logits } of pieces) {
      expect(seconds).toBeGreaterThan(0);
      expect(bytes.total).toBe(bytes.dealer + bytes.online + bytes.client);
      expect(rounds).toBeGreaterThan(100);
      expect(logits).toBeUndefined();
    }
  });

  test('by parties that run: the same, padded or not; sampled, with logits to choose from', async () => {
    await withParties({ model: LLAMA }, async (parties) => {
      const prompt = 'ROMEO:\nWhat';
      const { ids } = await plainTokens(LLAMA, prompt, 4);
      expect((await read(generate({ parties, prompt, maxNewTokens: 4, padTo: 12 }))).ids).toEqual(ids);
      const tokens = parties.tokenize(prompt);
      const common = { ids: tokens, maxNewTokens: 4, reveal: 'logits', temperature: 0.9, seed: 5 } as const;
      const sampled = await read(parties.generate({ ...common, topK: 50, topP: 0.95 }));
      expect(sampled.ids).toEqual(
        picks(
          sampled.pieces.map(({ logits }) => logits!),
          { temperature: 0.9, topK: 50, topP: 0.95 },
          5,
        ),
      );
      expect(sampled.pieces.map(({ logits }) => logits!.length)).toEqual([1024, 1024, 1024, 1024]);
      expect((await read(parties.generate({ ...common, topK: 1 }))).ids).toEqual(ids);
    });
  });

  test('a text ends at a stop text, at an id, or where the loop is left; then the next may begin', async () => {
    await withParties({ shares: at('llama') }, async (parties) => {
      const prompt = 'ROMEO:\nWhat';
      const plain = await plainTokens(LLAMA, prompt, 6);
      const word = plain.text.slice(2, 4);
      const stopped = await read(parties.generate({ prompt, maxNewTokens: 6, stop: [word] }));
      expect(stopped.text).toBe(plain.text.slice(0, plain.text.indexOf(word)));
      const ended = await read(parties.generate({ prompt, eos: [plain.ids[1]!] }));
      expect(ended.ids).toEqual(plain.ids.slice(0, 2));
      for await (const { id } of parties.generate({ prompt })) {
        expect(id).toBe(plain.ids[0]);
        break;
      }
      expect((await read(parties.generate({ prompt, maxNewTokens: 1 }))).ids).toEqual(plain.ids.slice(0, 1));
    });
  });

  test('who asks while a text is written waits, inside its loop too: the text is then written to its end', async () => {
    await withParties({ shares: at('llama') }, async (parties) => {
      const prompt = 'ROMEO:\nWhat';
      const { ids } = await plainTokens(LLAMA, prompt, 4);
      const written: number[] = [];
      for await (const { id } of parties.generate({ prompt, maxNewTokens: 4 })) {
        if (written.push(id) > 1) continue;
        const inner = await Promise.all([1, 2].map((n) => read(parties.generate({ prompt, maxNewTokens: n }))));
        expect(inner.map((text) => text.ids)).toEqual([ids.slice(0, 1), ids.slice(0, 2)]);
      }
      expect(written).toEqual(ids);
    });
  });

  test('logits are opened only if the model owner permits it', async () => {
    await withParties({ shares: at('llama') }, async (parties) => {
      await expect(read(parties.generate({ prompt: 'O', reveal: 'logits' }))).rejects.toMatchObject({
        code: 'E_REVEAL',
        message: 'these shares permit the next token only, no logits',
        hint: "Leave out reveal, or have the model owner share the weights with reveal: 'logits'.",
      });
      expect((await read(parties.generate({ prompt: 'O', maxNewTokens: 1 }))).ids).toHaveLength(1);
    });
  });
});

describe('comparePlaintext', () => {
  const expected: [string, Parameters<typeof comparePlaintext>[0], string[]][] = [
    [
      'a model that classifies',
      { model: BERT, texts: [TEXT, { text: 'a film', pair: 'awful' }], ids: [[2, 100, 3]] },
      ['embeddings', 'layer.0', 'layer.1', 'pooler', 'logits'],
    ],
    [
      'a model that generates',
      { model: LLAMA, texts: ['ROMEO:'], padTo: 8 },
      ['embeddings', 'layer.0', 'layer.1', 'layer.2', 'layer.3', 'logits'],
    ],
  ];

  test.each(expected)('%s', async (_what, options, layers) => {
    const { results, difference, run, ...verdict } = await comparePlaintext(options);
    expect(run.rounds).toBeGreaterThan(0);
    expect(run.lengths).toHaveLength(results.length);
    expect(verdict).toEqual({ tolerance: 0.1, within: true, fault: null });
    expect(results).toHaveLength((options.texts?.length ?? 0) + (options.ids?.length ?? 0));
    expect(results.map(({ label }) => label)).toEqual(results.map(({ plaintext }) => plaintext.label));
    expect(difference.labelsEqual).toBe(true);
    expect(difference.layers.map(({ name }) => name)).toEqual(layers);
    expect(difference.logitsMax).toBe(Math.max(...results.map(({ logitsMax }) => logitsMax)));
    expect(difference.logitsMax).toBeGreaterThan(0); // the low bits are rounding
    expect(difference.logitsMax).toBeLessThan(5e-3);
  });

  test('values that leave their ring: the site', async () => {
    await writeCrafted(CRAFTED.find(({ name }) => name.startsWith('a down projection'))!, at('loud'));
    const { within, fault } = await comparePlaintext({ model: at('loud'), ids: [[5, 7, 11, 4, 9]] });
    expect({ within, fault }).toMatchObject({ within: false, fault: { layer: 'layer.1', holds: false } });
    expect(fault!.range.most).toBeGreaterThan(fault!.bound.most);
  });

  test('beyond the tolerance: the value whose error is the first to jump', async () => {
    const { within, fault } = await comparePlaintext({ model: BERT, texts: [TEXT], tolerance: 1e-9 });
    expect({ within, fault }).toMatchObject({ within: false, fault: { layer: 'embeddings', holds: true } });
    expect(fault!.message).toMatch(/^embeddings: off by \S+; no value left its range, with \d+\.\d bits of room at \S/);
  });
});

describe('cost', () => {
  test('a model of the registry needs no checkpoint; layers, rings and padding change the bill', async () => {
    const options = { model: 'gpt2', tokens: 4, newTokens: 2, layers: 1 };
    const whole = await cost(options);
    expect(whole.steps).toHaveLength(2);
    expect(whole.bytes.total).toBe(whole.steps.reduce((n, { bytes }) => n + bytes.total, 0));
    const smaller = await cost({ ...options, linearRing: { bits: 40, input: 12, weight: 13 } });
    expect(smaller.bytes.total).toBeLessThan(whole.bytes.total);
    expect((await cost({ ...options, padded: true })).bytes.total).toBeGreaterThan(whole.bytes.total);
    expect((await cost({ ...options, layers: 2 })).rounds).toBeGreaterThan(whole.rounds);
  });
});

describe('a plan', () => {
  test('one that is named, or beside the weights: its rings, and its cost', async () => {
    await cp(golden('llama-tied'), at('planned'), { recursive: true });
    const file = at('plan.json');
    const { ring } = await writePlan(at('planned'), file);
    const options = { model: at('planned'), tokens: 5 };
    const [usual, planned] = [await cost(options), await cost({ ...options, calibration: file })];
    expect(planned.bytes.total).toBeLessThan(usual.bytes.total);
    await cp(file, at('planned', 'calibration.json'));
    expect((await cost(options)).bytes).toEqual(planned.bytes);

    expect(await shareWeights({ model: at('planned'), out: at('planned-shares') })).toMatchObject({
      ring,
      calibration: 'planned',
    });
    const asked = { ids: [7, 1, 4, 11, 12], maxNewTokens: 1 };
    const [piece] = (await read(generate({ model: at('planned'), ...asked }))).pieces;
    expect(piece!.bytes.total).toBe(planned.bytes.total);
    const shared = await withParties({ shares: at('planned-shares') }, (parties) => read(parties.generate(asked)));
    expect(shared.pieces.map(({ id, bytes }) => [id, bytes.total])).toEqual([[piece!.id, planned.bytes.total]]);
  });

  test('a linear ring is checked against it', async () => {
    const tight = { model: at('planned'), linearRing: { bits: 26, input: 12, weight: 12 } };
    await expect(shareWeights({ ...tight, out: at('never') })).rejects.toMatchObject({
      code: 'E_RANGE',
      hint: 'Leave out linearRing: the rings of the plan hold. Or give unsafeRanges: answers may then be wrong.',
    });
  });
});

describe('mistakes are told before anything is made', () => {
  const never = () => expect.unreachable();
  const rows: [what: string, call: () => Promise<unknown>, code: string, message: string, hint: string | undefined][] =
    [
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
      ['a number', () => infer({ model: BERT, text: 5 as never }), 'E_TEXT', 'the text is a number', 'Give a string.'],
      [
        'no list',
        () => infer({ model: BERT, ids: 5 } as never),
        'E_TEXT',
        'the ids of the text are no list',
        'Give whole numbers: [5, 17, 2].',
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
      [
        'no prompt',
        () => read(generate({ model: LLAMA } as never)),
        'E_TEXT',
        'there is no text',
        'Give a text, or ids.',
      ],
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
      [
        'no tokens',
        () => cost({ model: BERT, tokens: 0 }),
        'E_OPTION',
        'tokens is 0',
        'Give a whole number from 1 on.',
      ],
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
});
