/** Answers of both sides beside those of a reference. */
import { best } from '../heads/best.ts';
import type { Model } from '../models/model.ts';
import { describeOutput, type Output } from '../runtime/answers.ts';
import type { ComparedAnswer } from './compare.ts';
import type { Reference, ReferenceCase } from './reference.ts';

/** Labels or tokens that are the same, and of the others those that the tolerance allows to differ. */
export type Agreement = { same: number; of: number; ties: number };

/** One side, over all texts. */
export type Side = {
  logitsMax: number;
  /** The text, from 1, whose output is farthest off. */
  text: number;
  /** Null where only numbers come out. */
  labels: Agreement | null;
};

export type ReferenceComparison = {
  /** The version that made the reference, and the class of its model. */
  transformers: string;
  class: string;
  /** How many token ids were compared: all are the same. */
  tokens: number;
  plaintext: Side;
  secure: Side;
  /** Tokens that the parties wrote, up to the first that differs, if the reference has more than one for a text. */
  written?: Agreement;
  /** Whether no number of either side is off by more than the tolerance, and tokens differ only in ties. */
  within: boolean;
  /** By text. */
  results: ReferenceResult[];
};

/** What transformers computed of a text, and how far both sides are off. */
export type ReferenceResult = Output & {
  text?: string;
  pair?: string;
  ids: number[];
  plaintextMax: number;
  secureMax: number;
};

export type AgainstOptions = {
  reference: Reference;
  program: Model;
  decode?: ((ids: readonly number[]) => string) | undefined;
  answers: readonly ComparedAnswer[];
  tolerance: number;
  tokens: number;
  /** What the parties wrote of each text; empty where nothing was to be written. */
  written: readonly (readonly number[])[];
};

export function compareWithReference(options: AgainstOptions): ReferenceComparison {
  const { reference, program, decode, answers, tolerance, tokens, written } = options;
  const { transformers, class: name, cases } = reference;
  const right = cases.map(({ output }) => describeOutput(program, output, decode));
  const clear = answers.map(({ plaintext }) => plaintext);
  const [plaintextMax, secureMax] = [distancesOf(right, clear), distancesOf(right, answers)];
  const sideOf = (side: readonly Output[], distances: readonly number[]): Side => ({
    ...largestOf(distances),
    labels: program.head.words.answer ? labelsLike(right, side, tolerance) : null,
  });
  const [plaintext, secure] = [sideOf(clear, plaintextMax), sideOf(answers, secureMax)];
  const wrote = writtenLike(cases, written, tolerance);
  return {
    ...{ transformers, class: name, tokens, plaintext, secure },
    ...(wrote.of > 0 ? { written: wrote } : {}),
    within: Math.max(plaintext.logitsMax, secure.logitsMax) <= tolerance && wrote.same + wrote.ties === wrote.of,
    results: cases.map(({ text, pair, ids }, i) => ({
      ...{ ...(text === undefined ? {} : { text }), ...(pair === undefined ? {} : { pair }), ids, ...right[i]! },
      ...{ plaintextMax: plaintextMax[i]!, secureMax: secureMax[i]! },
    })),
  };
}

/** The largest distance of each text; one that is no number stays so. */
const distancesOf = (right: readonly Output[], side: readonly Output[]): number[] =>
  right.map(({ logits }, i) =>
    logits.reduce((most, value, k) => {
      const distance = Math.abs(value - side[i]!.logits[k]!);
      return distance <= most || Number.isNaN(most) ? most : distance;
    }, 0),
  );

function largestOf(distances: readonly number[]): { logitsMax: number; text: number } {
  const at = distances.reduce((most, one, i) => (one <= distances[most]! ? most : i), 0);
  return { logitsMax: distances[at]!, text: at + 1 };
}

/** A label that differs is a tie where its logit, in the reference, is no more than twice the tolerance below the largest. */
function labelsLike(right: readonly Output[], side: readonly Output[], tolerance: number): Agreement {
  const gaps = right.flatMap(({ logits, label }, i) => {
    const other = side[i]!;
    return label === other.label ? [] : [logits[best(logits)]! - logits[best(other.logits)]!];
  });
  const ties = gaps.filter((gap) => gap <= 2 * tolerance).length;
  return { same: right.length - gaps.length, of: right.length, ties };
}

/** Tokens of each text up to the first that differs: from there on it is another text. */
function writtenLike(
  cases: readonly ReferenceCase[],
  written: readonly (readonly number[])[],
  tolerance: number,
): Agreement {
  let [same, of, ties] = [0, 0, 0];
  for (const [i, ids] of written.entries()) {
    const { next = [], gaps = [] } = cases[i]!;
    const parted = ids.findIndex((id, k) => id !== next[k]);
    same += parted < 0 ? ids.length : parted;
    of += parted < 0 ? ids.length : parted + 1;
    if (parted >= 0 && gaps[parted]! <= 2 * tolerance) ties++;
  }
  return { same, of, ties };
}
