/** Kinds of work in the order of a forward pass: so each has its place and its pattern on every page. */
const KINDS = ['embedding', 'linear', 'attention', 'activation', 'norm', 'head', 'other'];

export function kindsOf(names: Iterable<string>): { name: string; fill: number }[] {
  const more = new Set(names);
  const all = [...KINDS, ...[...more].filter((name) => !KINDS.includes(name))];
  return all.map((name, fill) => ({ name, fill })).filter(({ name }) => more.has(name));
}
