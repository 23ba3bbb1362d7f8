/** What generation_config.json changes of logits before a token is chosen, in the order of transformers. */
import type { Steering } from '../heads/steering.ts';

/** A text whose next token is chosen. */
export type TextSoFar = {
  /** The prompt without padding, and the new tokens. */
  ids: readonly number[];
  /** Tokens of the prompt. */
  prompt: number;
  /** The most tokens that the text will have. */
  most: number;
  /** Ids that end it. */
  eos: readonly number[];
};

type Step<T> = {
  /** Whether it can do anything to a text that has only its prompt yet. */
  works(value: T, text: TextSoFar): boolean;
  /** Changes the logits of the next token in place. */
  change(logits: Float64Array, value: T, text: TextSoFar, steering: Steering): void;
};

/** What takes logits. The order of the keys is that of the steps. */
const STEPS: { readonly [K in Exclude<keyof Steering, Forced>]-?: Step<NonNullable<Steering[K]>> } = {
  sequence_bias: { works: (biases) => biases.length > 0, change: addBiases },
  repetition_penalty: { works: (penalty) => penalty !== 1, change: penalise },
  no_repeat_ngram_size: { works: (size, { most }) => size > 0 && size <= most, change: banRepeats },
  bad_words_ids: {
    works: (words, text) => badOnes(words, text).length > 0,
    change: (logits, words, text) =>
      addBiases(
        logits,
        badOnes(words, text).map((word) => [word, Number.NEGATIVE_INFINITY]),
        text,
      ),
  },
  min_length: {
    works: (least, { eos, prompt }) => eos.length > 0 && least > prompt,
    change: (logits, least, { ids, eos }) => ids.length < least && ban(logits, eos),
  },
  min_new_tokens: {
    works: (least, { eos }) => eos.length > 0 && least > 0,
    change: (logits, least, { ids, prompt, eos }) => ids.length - prompt < least && ban(logits, eos),
  },
  exponential_decay_length_penalty: {
    works: ([start, factor], { eos, prompt, most }) => eos.length > 0 && factor !== 1 && prompt + start < most,
    change: drawToEnd,
  },
  suppress_tokens: { works: (ids) => ids.length > 0, change: ban },
  begin_suppress_tokens: {
    works: (ids) => ids.length > 0,
    change: (logits, banned, { ids, prompt }, { forced_bos_token_id: bos }) => {
      const first = prompt > 1 || bos === undefined ? prompt : prompt + 1;
      if (ids.length === first) ban(logits, banned);
    },
  },
};

type Forced = 'forced_bos_token_id' | 'forced_eos_token_id';

const KEYS = Object.keys(STEPS) as (keyof typeof STEPS)[];

/** The first key that takes logits to do something to this text, which has only its prompt yet. */
export const takesLogits = (steering: Steering, text: TextSoFar): keyof Steering | undefined =>
  KEYS.find((key) => {
    const value = steering[key];
    return value !== undefined && (STEPS[key] as Step<unknown>).works(value, text);
  });

/** The logits of the next token as they are to be chosen from. */
export function steer(logits: Float64Array, steering: Steering, text: TextSoFar): Float64Array {
  const changed = logits.slice();
  for (const key of KEYS) {
    const value = steering[key];
    if (value !== undefined) (STEPS[key] as Step<unknown>).change(changed, value, text, steering);
  }
  return changed;
}

/** The next token, where the file says which one it is. */
export function forced(steering: Steering, { ids, most }: TextSoFar): number | undefined {
  const { forced_bos_token_id: bos, forced_eos_token_id: eos = [] } = steering;
  if (eos.length > 0 && ids.length === most - 1) return Math.min(...eos);
  return ids.length === 1 ? bos : undefined;
}

function ban(logits: Float64Array, ids: readonly number[]): void {
  for (const id of ids) logits[id] = Number.NEGATIVE_INFINITY; // an id beyond the vocabulary is nowhere
}

function addBiases(logits: Float64Array, biases: NonNullable<Steering['sequence_bias']>, { ids }: TextSoFar): void {
  for (const [word, bias] of biases) {
    const before = word.slice(0, -1);
    const from = ids.length - before.length;
    if (from >= 0 && before.every((id, i) => ids[from + i] === id)) logits[word.at(-1)!]! += bias;
  }
}

/** The end of a text is no bad word. */
const badOnes = (words: NonNullable<Steering['bad_words_ids']>, { eos }: TextSoFar) =>
  words.filter((word) => word.length > 1 || !eos.includes(word[0]!));

/** CTRL (Keskar et al., arXiv 1909.05858, section 4.1), for logits of either sign. */
function penalise(logits: Float64Array, penalty: number, { ids }: TextSoFar): void {
  for (const id of new Set(ids)) logits[id]! *= logits[id]! < 0 ? penalty : 1 / penalty;
}

/** Whatever would end a run of so many tokens that is there already. */
function banRepeats(logits: Float64Array, size: number, { ids }: TextSoFar): void {
  const before = size - 1;
  const last = ids.slice(ids.length - before);
  for (let at = 0; at + before < ids.length; at++) {
    if (last.every((id, i) => ids[at + i] === id)) ban(logits, [ids[at + before]!]);
  }
}

function drawToEnd(
  logits: Float64Array,
  [start, factor]: NonNullable<Steering['exponential_decay_length_penalty']>,
  { ids, prompt, eos }: TextSoFar,
): void {
  const late = ids.length - prompt - start;
  if (late <= 0) return;
  for (const id of eos) if (Number.isFinite(logits[id])) logits[id]! += Math.abs(logits[id]!) * (factor ** late - 1);
}
