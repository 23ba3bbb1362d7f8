/** Kinds of work that time, bytes and rounds are counted by: those of a forward pass in its order, then those around it. */
export const WORK_KINDS = [
  'embedding',
  'linear',
  'attention',
  'activation',
  'norm',
  'head',
  'other',
  'check',
  'weights',
] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

/** What there is of each kind. */
export const kindEntries = <T>(kinds: Partial<Record<WorkKind, T>>): [WorkKind, T][] =>
  Object.entries(kinds) as [WorkKind, T][];
