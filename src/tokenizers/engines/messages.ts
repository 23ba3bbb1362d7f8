/** What is said between the native library's process, the thread that waits for it, and the thread that asks. */

/** A tokenizer has a number; its process may have forgotten it. */
export type Request =
  | {
      readonly kind: 'open';
      readonly number: number;
      readonly json: string;
      readonly ids: readonly (readonly [string, number])[];
    }
  | {
      readonly kind: 'encode';
      readonly number: number;
      readonly text: string;
      readonly pair?: string | undefined;
      /** Nothing is put around the text. */
      readonly bare?: true;
    }
  | { readonly kind: 'decode'; readonly number: number; readonly ids: readonly number[] };

export type Encoded = { readonly ids: Uint32Array; readonly types: Uint32Array };

export type Reply =
  | { readonly kind: 'done'; readonly value: Encoded | string | undefined }
  /** The library says what is wrong. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The process does not know this tokenizer: open it again. */
  | { readonly kind: 'forgotten' }
  /** The process ended, or did not answer in time. */
  | { readonly kind: 'ended'; readonly message: string }
  /** There is no library for this machine. */
  | { readonly kind: 'missing'; readonly message: string };

/** How long an answer may take: a minute, and more for long texts. */
export const limitFor = (request: Request): number =>
  60_000 +
  ('text' in request
    ? request.text.length + (request.pair?.length ?? 0)
    : 'json' in request
      ? request.json.length
      : 0) /
    100;
