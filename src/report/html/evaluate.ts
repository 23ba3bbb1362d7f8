/** The page of `puma compare-plaintext --data`. */
import { headOf } from '../../heads/index.ts';
import { duration } from '../bench-units.ts';
import { comparedOf, type EvaluatedRow, type EvaluateReport, type Side } from '../evaluate.ts';
import { describeFraction } from '../ring.ts';
import { bytes, count, percent, small } from '../units.ts';
import { layerSection, outputSection } from './compare.ts';
import { costSections } from './cost.ts';
import { type About, factList, page, section } from './page.ts';
import type { Pair } from './pairs.ts';
import { type Cell, figure, htmlTable } from './table.ts';
import { verdictParagraphs } from './verdict.ts';

export function evaluatePage(report: EvaluateReport, about: About): string {
  const note = `Over all numbers of the layer, in the first ${count(report.layersOf, 'row')}.`;
  return page({
    ...{ title: `Secure and plaintext ${report.model} over ${report.data.file}`, about, report },
    parts: [
      facts(report),
      verdictSection(report),
      metricSection(report),
      layerSection(report.layers, note),
      outputSection(report.task, pairsOf(report)),
      distances(report),
      ...costSections({ ...report, layers: [] }),
    ],
  });
}

function facts({ model, task, data, agreement, perSentence: each, ring, simd }: EvaluateReport): string {
  const what = headOf(task).words.row.one;
  const seed = data.seed === undefined ? '' : `, sampled with seed ${data.seed}`;
  const windows = data.window === undefined ? '' : `, ${data.window} tokens each, one every ${data.stride}`;
  return factList([
    { name: 'model', value: model, more: task },
    { name: 'data', value: count(data.rows, what), more: `of ${data.of}${seed}${windows}` },
    ...(agreement
      ? [
          {
            name: 'agreement',
            value: percent(agreement.same / agreement.of),
            more: `${agreement.same} of ${agreement.of} the same`,
          },
        ]
      : []),
    {
      name: `time of a ${what}`,
      value: duration(each.seconds),
      more: `${duration(each.plaintextSeconds)} in the clear`,
    },
    { name: `traffic of a ${what}`, value: bytes(Math.round(each.bytes)) },
    { name: `rounds of a ${what}`, value: shown(each.rounds) },
    { name: 'ring', value: `Z_2^${ring.bits}`, more: describeFraction(ring) },
    ...(simd === undefined ? [] : [{ name: 'kernels', value: simd }]),
  ]);
}

const shown = (value: number): string => String(Number(value.toPrecision(6)));

/** Accuracy, F1, correlation, perplexity: whatever the data has. */
function metricSection({ metrics }: EvaluateReport): string {
  if (metrics.length === 0) return '';
  const or = (value: number | null, show: (value: number) => string): Cell =>
    value === null ? '-' : figure(value, show);
  return section(
    'Metrics',
    htmlTable('metrics', {
      caption: 'Metrics in the clear and from shares',
      columns: ['metric', 'in the clear', 'from shares', 'difference', '95 % from', 'to'],
      rows: metrics.map(({ name, plaintext, secure, difference, interval }) => [
        name,
        or(plaintext, shown),
        or(secure, shown),
        or(difference, small),
        or(interval?.[0] ?? null, small),
        or(interval?.[1] ?? null, small),
      ]),
      notes: ['The interval is that of the difference, by a paired bootstrap over rows.'],
    }),
  );
}

/** Rows of a table. */
const MOST = 30;

function verdictSection(report: EvaluateReport): string {
  const verdict = verdictParagraphs(comparedOf(report));
  const different = report.results.filter(({ plaintext, secure }) => plaintext.label !== secure.label);
  if (different.length === 0) return verdict === '' ? '' : section('Agreement', verdict);
  const more = different.length > MOST ? [`The first ${MOST} of ${different.length}; the JSON has them all.`] : [];
  return section(
    'Agreement',
    verdict,
    htmlTable('different', {
      caption: 'Rows with different labels',
      columns: ['text', 'line', 'right', 'in the clear', 'from shares'],
      rows: different.slice(0, MOST).map(differentRow),
      notes: more,
    }),
  );
}

const differentRow = ({ text = '', textPair, line, right, plaintext, secure }: EvaluatedRow): Cell[] => [
  textPair === undefined ? text : `${text} | ${textPair}`,
  line === undefined ? '' : figure(line, String),
  String(right ?? ''),
  plaintext.label ?? '',
  secure.label ?? '',
];

function pairsOf({ results }: EvaluateReport): Pair[] {
  const logits = ({ logits = [] }: Side) => logits;
  return results.flatMap(({ row, plaintext, secure }) =>
    logits(plaintext).map((plain, i) => ({ name: `row ${row}, ${i}`, plain, secure: logits(secure)[i]! })),
  );
}

function distances({ logits, task }: EvaluateReport): string {
  const rows = Object.entries({
    largest: logits.max,
    mean: logits.mean,
    '50 %': logits.p50,
    '90 %': logits.p90,
    '99 %': logits.p99,
    '99.9 %': logits.p999,
  });
  return htmlTable('distances', {
    caption: `Absolute difference of ${headOf(task).words.output.many} over all rows`,
    columns: ['', 'difference'],
    rows: rows.map(([name, value]) => [name, figure(value, small)]),
    notes: ['Of 50 % the difference is at most that at 50 %, and so on.'],
  });
}
