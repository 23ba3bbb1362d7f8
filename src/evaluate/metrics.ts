/** How good answers are, as GLUE and scikit-learn define it. Labels are whole numbers; lists are parallel. */

export type Numbers = ArrayLike<number>;

/** A figure over rows: what is right of each, and what was answered. NaN where it is not defined. */
export type Metric = { name: string; of(right: Numbers, answered: Numbers): number };

const sumOver = (n: number, of: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += of(i);
  return sum;
};

export const accuracy = (right: Numbers, answered: Numbers): number =>
  sumOver(right.length, (i) => Number(right[i] === answered[i])) / right.length;

/** How often label a was right where b was answered: [classes, classes], row after row. */
function confusion(right: Numbers, answered: Numbers, classes: number): Float64Array {
  const counts = new Float64Array(classes * classes);
  for (let i = 0; i < right.length; i++) counts[right[i]! * classes + answered[i]!]! += 1;
  return counts;
}

/** Matthews' correlation coefficient, for any number of classes (Gorodkin 2004). 0 where all rows are of one class. */
export function matthews(right: Numbers, answered: Numbers, classes: number): number {
  const counts = confusion(right, answered, classes);
  const n = right.length;
  let [hits, both, squaresRight, squaresAnswered] = [0, 0, 0, 0];
  for (let k = 0; k < classes; k++) {
    const rows = sumOver(classes, (j) => counts[k * classes + j]!);
    const columns = sumOver(classes, (j) => counts[j * classes + k]!);
    hits += counts[k * classes + k]!;
    both += rows * columns;
    squaresRight += rows * rows;
    squaresAnswered += columns * columns;
  }
  const below = (n * n - squaresRight) * (n * n - squaresAnswered);
  return below === 0 ? 0 : (hits * n - both) / Math.sqrt(below);
}

/** F1 of label 1 of two; of more labels the mean over those that occur. 0 where nothing is found. */
export function f1(right: Numbers, answered: Numbers, classes: number): number {
  const counts = confusion(right, answered, classes);
  const scores: number[] = [];
  for (let k = classes === 2 ? 1 : 0; k < classes; k++) {
    const rows = sumOver(classes, (j) => counts[k * classes + j]!);
    const columns = sumOver(classes, (j) => counts[j * classes + k]!);
    if (rows + columns > 0) scores.push((2 * counts[k * classes + k]!) / (rows + columns));
  }
  return scores.length === 0 ? 0 : sumOver(scores.length, (i) => scores[i]!) / scores.length;
}

/** Correlation; NaN where one side is constant. */
export function pearson(x: Numbers, y: Numbers): number {
  const n = x.length;
  const [meanX, meanY] = [sumOver(n, (i) => x[i]!) / n, sumOver(n, (i) => y[i]!) / n];
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [x[i]! - meanX, y[i]! - meanY];
    xx += a * a;
    xy += a * b;
    yy += b * b;
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy);
}

/** Correlation of ranks; equal values share the mean of theirs. */
export const spearman = (x: Numbers, y: Numbers): number => pearson(ranks(x), ranks(y));

function ranks(values: Numbers): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) out[order[i]!] = (from + to - 1) / 2;
    from = to;
  }
  return out;
}

/** Of texts: so many tokens each, and the sum of their losses (natural logarithm). */
export const perplexity = (tokens: Numbers, losses: Numbers): number =>
  Math.exp(sumOver(losses.length, (i) => losses[i]!) / sumOver(tokens.length, (i) => tokens[i]!));

export const CORRELATIONS: readonly Metric[] = [
  { name: 'pearson', of: pearson },
  { name: 'spearman', of: spearman },
];

export const PERPLEXITY: readonly Metric[] = [{ name: 'perplexity', of: perplexity }];

export const labelMetrics = (classes: number): readonly Metric[] => [
  { name: 'accuracy', of: accuracy },
  { name: 'matthews', of: (right, answered) => matthews(right, answered, classes) },
  { name: classes > 2 ? 'f1 macro' : 'f1', of: (right, answered) => f1(right, answered, classes) },
];
