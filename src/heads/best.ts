/** The index of the largest, or of the first of them. */
export const best = (logits: readonly number[]): number =>
  logits.reduce((at, logit, i) => (logit > logits[at]! ? i : at), 0);
