/**
 * The merges of a vocabulary that comes without them: each token that is two others makes one, in the order of the tokens' ids. transformers
 * makes them in this order too; ties go to the shorter left part.
 */
export function mergesOf(vocabulary: ReadonlyMap<string, number>): [string, string][] {
  const merges: { pair: [string, string]; rank: number; left: number; order: number }[] = [];
  for (const [token, rank] of vocabulary) {
    const local = splits(token)
      .filter(([left, right]) => vocabulary.has(left) && vocabulary.has(right))
      .sort(([a, x], [b, y]) => vocabulary.get(a)! - vocabulary.get(b)! || vocabulary.get(x)! - vocabulary.get(y)!);
    for (const [order, pair] of local.entries()) merges.push({ pair, rank, left: [...pair[0]].length, order });
  }
  return merges.sort((a, b) => a.rank - b.rank || a.left - b.left || a.order - b.order).map(({ pair }) => pair);
}

/** Every way to cut a token in two, between characters. */
export function splits(token: string): [string, string][] {
  const cuts: [string, string][] = [];
  let at = 0;
  for (const character of token) {
    if (at > 0) cuts.push([token.slice(0, at), token.slice(at)]);
    at += character.length;
  }
  return cuts;
}
