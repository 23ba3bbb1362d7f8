/** Byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909): the pair of the earliest merge is joined, again and again. */
export type Merges = {
  /** Rank of the pair of ids, in the order of the file. */
  rankOf(left: number, right: number): number | undefined;
  /** Id of what the merge of this rank gives. */
  result: Int32Array;
};

/** Ids are below 2^24, ranks below 2^24, places in a text below 2^28: a pair, or a rank and a place, is one exact double. */
const PAIR = 2 ** 24;
const PLACE = 2 ** 28;

/** @param pairs ids of left, right and result of each merge, one after the other. The last of equal pairs counts. */
export function makeMerges(pairs: Int32Array): Merges {
  const ranks = new Map<number, number>();
  const result = new Int32Array(pairs.length / 3);
  for (let rank = 0; rank < result.length; rank++) {
    ranks.set(pairs[3 * rank]! * PAIR + pairs[3 * rank + 1]!, rank);
    result[rank] = pairs[3 * rank + 2]!;
  }
  return { rankOf: (left, right) => ranks.get(left * PAIR + right), result };
}

/** Joins the symbols of a word, given by their ids, until no pair of neighbours has a merge: n log n steps. */
export function mergeWord(symbols: readonly number[], { rankOf, result }: Merges): number[] {
  const ids = Int32Array.from(symbols);
  const next = ids.map((_, i) => (i + 1 < ids.length ? i + 1 : -1));
  const before = ids.map((_, i) => i - 1);
  const queue = new Queue();
  const consider = (at: number) => {
    const right = next[at]!;
    const rank = right < 0 ? undefined : rankOf(ids[at]!, ids[right]!);
    if (rank !== undefined) queue.push(rank * PLACE + at);
  };
  for (let at = 0; at < ids.length; at++) consider(at);
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    const rank = Math.floor(key / PLACE);
    const at = key % PLACE;
    const right = next[at]!;
    if (ids[at]! < 0 || right < 0) continue;
    const now = rankOf(ids[at]!, ids[right]!);
    if (now === undefined || result[now] !== result[rank]) continue; // the pair has changed since it was queued
    ids[at] = result[rank]!;
    ids[right] = -1;
    next[at] = next[right]!;
    if (next[at]! >= 0) before[next[at]!] = at;
    if (before[at]! >= 0) consider(before[at]!);
    consider(at);
  }
  return Array.from(ids.filter((id) => id >= 0));
}

/** A heap of numbers, the smallest first. */
class Queue {
  private readonly keys: number[] = [];

  push(key: number): void {
    const { keys } = this;
    let at = keys.push(key) - 1;
    for (let up = (at - 1) >> 1; at > 0 && keys[up]! > key; up = (at - 1) >> 1) {
      keys[at] = keys[up]!;
      at = up;
    }
    keys[at] = key;
  }

  pop(): number | undefined {
    const { keys } = this;
    const least = keys[0];
    const last = keys.pop();
    if (keys.length === 0 || last === undefined) return least;
    let at = 0;
    for (let down = 1; down < keys.length; down = 2 * at + 1) {
      if (down + 1 < keys.length && keys[down + 1]! < keys[down]!) down++;
      if (keys[down]! >= last) break;
      keys[at] = keys[down]!;
      at = down;
    }
    keys[at] = last;
    return least;
  }
}
