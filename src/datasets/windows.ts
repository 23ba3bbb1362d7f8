/** Perplexity of a long text: windows over its tokens, and the loss of what each window is to predict. */
import { PumaError } from '../errors.ts';

/** Tokens begin .. end - 1 of a text. */
export type Window = {
  begin: number;
  end: number;
  /** In the window, from 0: the first token to be predicted. Those before are context, as other windows predict them. */
  first: number;
};

/**
 * A window every `stride` tokens, `window` tokens long, until one reaches the end of the text: every token but the first is predicted once, or with
 * stride = window every token but the first of each window. Throws E_TEXT for a text of one token.
 */
export function windowsOf(tokens: number, window: number, stride: number): Window[] {
  const windows: Window[] = [];
  for (let [begin, predicted] = [0, 1]; predicted < tokens; begin += stride) {
    const end = Math.min(begin + window, tokens);
    const first = Math.max(predicted - begin, 1);
    if (first < end - begin) windows.push({ begin, end, first });
    predicted = end;
  }
  if (windows.length > 0) return windows;
  throw new PumaError('E_TEXT', `the text has ${tokens} tokens: there is nothing to predict`, 'Give a longer text.');
}

export type Loss = {
  /** Summed over the predicted tokens, natural logarithm. */
  loss: number;
  /** The likeliest token at each of them. */
  best: number[];
};

/** Of the tokens from `first` on, each predicted from the logits of the one before: logits [n, vocabulary]. */
export function lossOf(logits: ArrayLike<number>, ids: readonly number[], first: number): Loss {
  const vocabulary = logits.length / ids.length;
  let loss = 0;
  const best: number[] = [];
  for (let i = first; i < ids.length; i++) {
    const row = (i - 1) * vocabulary;
    let top = 0;
    for (let v = 1; v < vocabulary; v++) if (logits[row + v]! > logits[row + top]!) top = v;
    let sum = 0;
    for (let v = 0; v < vocabulary; v++) sum += Math.exp(logits[row + v]! - logits[row + top]!);
    loss += Math.log(sum) + logits[row + top]! - logits[row + ids[i]!]!;
    best.push(top);
  }
  return { loss, best };
}

/** Of the tokens that `best` and `others` give for those from `first` on: where they differ, how far apart the two are in these logits. */
export function gapsOf(
  logits: ArrayLike<number>,
  tokens: number,
  first: number,
  best: readonly number[],
  others: readonly number[],
): number[] {
  const vocabulary = logits.length / tokens;
  return best.flatMap((token, i) => {
    const row = (first - 1 + i) * vocabulary;
    return token === others[i] ? [] : [logits[row + token]! - logits[row + others[i]!]!];
  });
}
