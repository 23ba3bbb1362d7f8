import { PumaError } from '../../errors.ts';

/** The ways a family of checkpoints spells the names of its tensors. */
export type Spelling = {
  /** Tried before every name, in this order: a bare encoder is saved without the prefix of a whole model. */
  prefixes: readonly string[];
  /** Makes the family's own name of a tensor of today's name. */
  own?(name: string): string;
  /** Endings that have changed: [today's, older]. */
  renamed?: readonly (readonly [string, string])[];
  /** What to do about a missing tensor: [beginning of its name, hint]; the first that fits is shown. */
  hints: readonly (readonly [string, string])[];
};

/** Gives a tensor's name in the file for its name in the architecture. */
export type NameInFile = (name: string) => string;

/**
 * Looks names up among the tensors of a checkpoint; without `names` it answers with the first spelling.
 * The lookup throws E_WEIGHTS, naming the tensor, when no spelling of it is there.
 */
export function namesIn(names: ReadonlySet<string> | undefined, spelling: Spelling): NameInFile {
  return (name) => {
    const candidates = spellings(name, spelling);
    const found = names ? candidates.find((candidate) => names.has(candidate)) : candidates[0];
    if (found !== undefined) return found;
    const hint = spelling.hints.find(([beginning]) => name.startsWith(beginning))?.[1];
    throw new PumaError('E_WEIGHTS', `the checkpoint has no tensor ${candidates.join(' or ')}`, hint);
  };
}

/** Whether some spelling of a tensor is in the checkpoint. */
export const isNamed = (names: ReadonlySet<string>, name: string, spelling: Spelling): boolean =>
  spellings(name, spelling).some((candidate) => names.has(candidate));

/** Today's endings with every prefix come first, then the older ones. */
function spellings(given: string, { prefixes, own, renamed = [] }: Spelling): string[] {
  const name = own?.(given) ?? given;
  const older = renamed
    .filter(([today]) => name.endsWith(today))
    .map(([today, before]) => name.slice(0, name.length - today.length) + before);
  return [name, ...older].flatMap((ending) => prefixes.map((prefix) => prefix + ending));
}
