import { WORK_KINDS } from '../work/kinds.ts';

/** Kinds of work in their order, so that each has its place and its pattern in every report; then those of other versions. */
export function kindsOf(names: Iterable<string>): { name: string; fill: number }[] {
  const there = new Set(names);
  const all = new Set<string>([...WORK_KINDS, ...there]);
  return [...all].map((name, fill) => ({ name, fill })).filter(({ name }) => there.has(name));
}
