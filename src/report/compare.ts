/** Plain and secure side by side. */
import { headOf } from '../heads/index.ts';
import { describeReference, type ReferenceReport } from './reference.ts';
import { describeCost, type Result, type RunReport, type Setting, textOf } from './run.ts';
import { type Style, table } from './text.ts';
import { percent, small } from './units.ts';
import { type Compared, describeVerdict, type Verdict } from './verdict.ts';

export type LayerDifference = { name: string; max: number; mean: number };

export type Plaintext = Pick<Result, 'label' | 'scores' | 'logits'>;

/** What `--json` prints. */
export type CompareReport = Omit<RunReport, 'results' | 'seconds'> &
  Verdict & {
    results: (Result & { plaintext: Plaintext; logitsMax: number })[];
    seconds: RunReport['seconds'] & { plaintext: number };
    difference: {
      logitsMax: number;
      labelsEqual: boolean;
      /** Labels that differ where the tolerance allows it. */
      ties: number;
      /** Over all texts. */
      layers: LayerDifference[];
    };
    /** With --reference: how far both sides are from transformers. */
    reference?: ReferenceReport;
  };

/** The part of the report that its verdict is made of. */
export function comparedOf({ task, results, difference, tolerance, within, fault }: CompareReport): Compared {
  const same = results.filter((result) => result.label === result.plaintext.label).length;
  const agreement = headOf(task).words.answer === null ? null : { same, of: results.length, ties: difference.ties };
  return { task, agreement, largest: difference.logitsMax, tolerance, within, fault };
}

export function describeComparison(report: CompareReport, setting: Setting, style: Style): string {
  const { results, difference, reference } = report;
  const compared = comparedOf(report);
  const { same = 0, of = 0 } = compared.agreement ?? {};
  const said = of > 1 ? `${same} of ${of} the same` : same > 0 ? 'the same' : 'different';
  return [
    describeTexts(report, style),
    '',
    ...(reference ? [describeReference({ ...report, reference }, style), ''] : []),
    ...describeVerdict(compared, said, style).flatMap((lines) => [lines, '']),
    table(
      [
        { title: `difference${results.length > 1 ? `, ${results.length} texts` : ''}` },
        { title: 'largest', right: true },
        { title: 'mean', right: true },
      ],
      difference.layers.map(({ name, max, mean }) => [name, small(max), small(mean)]),
      style,
    ),
    '',
    describeCost(report, setting, style),
    '',
    'Every layer was opened for this comparison: traffic and rounds are those of an inference and more.',
  ].join('\n');
}

/** A row for each text; the logits of one that is scored. */
function describeTexts({ task, results }: CompareReport, style: Style): string {
  const { output, words } = headOf(task);
  const { answer } = words;
  if (!answer) {
    return table(
      [{ title: `${output}, largest difference`, right: true }, { title: 'text' }],
      results.map((result) => [small(result.logitsMax), textOf(result)]),
      style,
    );
  }
  if (results.length === 1 && results[0]!.scores) return describeOne(results[0]!, style);
  const named = ({ label, scores }: Plaintext) =>
    `${answer.written(label!)}${scores ? ` ${percent(scores[label!]!)}` : ''}`;
  const marked = (result: CompareReport['results'][number]) => {
    const wrong = result.scores !== null && result.label !== result.plaintext.label;
    return wrong ? style.bad(named(result)) : named(result);
  };
  return table(
    [
      { title: 'plaintext' },
      { title: 'secure' },
      { title: `${words.output.differs} by`, right: true },
      { title: 'text' },
    ],
    results.map((result) => [named(result.plaintext), marked(result), small(result.logitsMax), textOf(result)]),
    style,
  );
}

/** Logits of one text, a row each way. */
function describeOne(result: CompareReport['results'][number], style: Style): string {
  const { plaintext } = result;
  const labels = Object.keys(result.scores!);
  const shown = labels.map((_, i) => i).filter((i) => labels.length <= 6 || labels[i] === plaintext.label);
  const row = (name: string, { label, logits }: Plaintext) => [
    name,
    label!,
    ...shown.map((i) => logits[i]!.toFixed(5)),
  ];
  const gap = shown.map((i) => small(Math.abs(result.logits[i]! - plaintext.logits[i]!)));
  return [
    textOf(result),
    '',
    table(
      [
        { title: 'logits' },
        { title: 'label', style: style.strong },
        ...shown.map((i) => ({ title: labels[i]!, right: true })),
      ],
      [row('plaintext', plaintext), row('secure', result), ['difference', '', ...gap]],
      style,
    ),
  ].join('\n');
}
