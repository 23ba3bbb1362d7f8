import type { Verb } from '../terminal/verb.ts';

/** Every command. A command's page is loaded when it is called: the list alone is enough for `puma --help`. */
export type Listed = {
  name: string;
  summary: string;
  /** Started by other commands; takes care of signals itself. */
  internal?: true;
  load(): Promise<Verb<never>>;
};

export const COMMANDS: readonly Listed[] = [
  {
    name: 'infer',
    summary: 'classify texts that no party sees',
    load: async () => (await import('./infer.ts')).infer,
  },
  {
    name: 'chat',
    summary: 'talk with a model, unheard by any party',
    load: async () => (await import('./chat.ts')).chat,
  },
  {
    name: 'compare-plaintext',
    summary: 'show how far secure answers are from those in the clear',
    load: async () => (await import('./compare-plaintext.ts')).comparePlaintext,
  },
  {
    name: 'cost',
    summary: 'foretell what an inference takes, without running it',
    load: async () => (await import('./cost.ts')).costOf,
  },
  {
    name: 'calibrate',
    summary: 'plan the rings of a model from texts of yours',
    load: async () => (await import('./calibrate.ts')).calibrate,
  },
  {
    name: 'share-weights',
    summary: 'share a checkpoint among three parties',
    load: async () => (await import('./share-weights.ts')).shareWeights,
  },
  {
    name: 'bench',
    summary: 'measure inference, protocols and kernels on this machine',
    load: async () => (await import('./bench.ts')).bench,
  },
  {
    name: 'models',
    summary: 'list known models and where they are',
    load: async () => (await import('./models.ts')).models,
  },
  {
    name: 'pull',
    summary: 'fetch a model from the Hugging Face hub',
    load: async () => (await import('./pull.ts')).pull,
  },
  {
    name: 'party',
    summary: 'be one of the three parties (started by the other commands)',
    internal: true,
    load: async () => (await import('./party.ts')).party,
  },
];
