/** What tests of the library share: bundled models, shares of them, parties that are asked, and after every test nothing left. */
import { afterAll, beforeAll } from 'vitest';
import { type Parties, type Piece, type StartOptions, shareWeights, startParties } from '../../src/index.ts';
import { type World, world } from '../commands/world.ts';

export const BERT = 'bert-tiny-sst2';
export const LLAMA = 'llama-tiny-shakespeare';
export const GPT2 = 'gpt2-tiny-shakespeare';
export const TEXT = 'a warm , funny and quietly moving film .';

/** A world where this process puts its temporary files too; with shares in folders of these names, of bundled models or of the small one. */
export function libraryWorld(shares: Partial<Record<'bert' | 'llama' | 'small', string>> = {}): World {
  const here = world();
  const { TMPDIR } = process.env;
  beforeAll(async () => {
    process.env.TMPDIR = here.at('tmp'); // parties and temporary files of this process are then those that world() looks for
    for (const [folder, model] of Object.entries(shares))
      await shareWeights({ model: folder === 'small' ? here.at(model) : model, out: here.at(folder) });
  });
  afterAll(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  return here;
}

/** Starts parties for the tests of a file, which may ask them in turn. */
export function partiesOf({ keep }: World, options: () => StartOptions): () => Parties {
  let parties: Parties;
  beforeAll(async () => {
    parties = await startParties(options());
    await keep();
  });
  afterAll(() => parties.close());
  return () => parties;
}

/** Starts parties, works with them, closes them. */
export async function withParties<T>(options: StartOptions, work: (parties: Parties) => Promise<T>): Promise<T> {
  const parties = await startParties(options);
  try {
    return await work(parties);
  } finally {
    await parties.close();
  }
}

export async function read(pieces: AsyncIterable<Piece>): Promise<{ ids: number[]; text: string; pieces: Piece[] }> {
  const all: Piece[] = [];
  for await (const piece of pieces) all.push(piece);
  return { ids: all.map(({ id }) => id), text: all.map(({ text }) => text).join(''), pieces: all };
}
