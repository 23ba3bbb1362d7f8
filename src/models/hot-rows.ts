import { PumaError } from '../errors.ts';

/** Checks that positions from .. from + n - 1 are those of a model. Throws E_LENGTH with both lengths. */
export function checkLength(n: number, from: number, most: number): void {
  if (n >= 1 && from + n <= most) return;
  throw new PumaError('E_LENGTH', `the text has ${from + n} tokens; the model takes 1 to ${most}`);
}

/** Checks that every id has its row in a table. Throws E_TOKEN. */
export function checkIds(what: string, ids: readonly number[], end: number): void {
  ids.forEach((id, i) => {
    if (Number.isInteger(id) && id >= 0 && id < end) return;
    const hint = 'is this the tokenizer that came with the checkpoint?';
    throw new PumaError('E_TOKEN', `${what} ${id} at ${i} is not in 0..${end - 1}`, hint);
  });
}
