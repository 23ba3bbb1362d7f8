/** The page of `puma compare-plaintext`. */
import { headOf, type Task } from '../../heads/index.ts';
import { type CompareReport, comparedOf, type Plaintext } from '../compare.ts';
import { rowsOf, whatIsOff } from '../reference.ts';
import { percent, small } from '../units.ts';
import { costFacts, costSections } from './cost.ts';
import { errorChart, type LayerError } from './errors.ts';
import { escaped } from './escape.ts';
import { type About, page, section } from './page.ts';
import { type Pair, residualChart, scatterChart } from './pairs.ts';
import { figure, htmlTable } from './table.ts';
import { verdictParagraphs } from './verdict.ts';

export function comparePage(report: CompareReport, about: About): string {
  return page({
    ...{ title: `Secure and plaintext ${report.model}`, about, report },
    parts: [
      costFacts(report, report.results.length),
      answerSection(report),
      referenceSection(report),
      layerSection(report.difference.layers),
      logitSection(report),
      ...costSections(report),
      '<p class="note">Every layer was opened for this comparison: time, traffic and rounds are those of an inference and more.</p>',
    ],
  });
}

function answerSection(report: CompareReport): string {
  const { task, results } = report;
  const { answer } = headOf(task).words;
  const shown = ({ label, scores }: Plaintext) =>
    `${answer!.written(label!)}${scores ? `, ${percent(scores[label!]!)}` : ''}`;
  return section(
    'Answers',
    verdictParagraphs(comparedOf(report)),
    htmlTable('answers', {
      caption: 'Texts and their answers, in the clear and from shares',
      columns: [
        'text',
        ...(answer ? [`${answer.one}, in the clear`, `${answer.one}, from shares`] : []),
        'largest difference',
      ],
      rows: results.map((result) => [
        result.textPair === undefined ? result.text : `${result.text} | ${result.textPair}`,
        ...(answer ? [shown(result.plaintext), shown(result)] : []),
        figure(result.logitsMax, small),
      ]),
    }),
  );
}

function referenceSection({ reference, ...report }: CompareReport): string {
  if (!reference) return '';
  const beside = { ...report, reference };
  const off = whatIsOff(beside);
  return section(
    'Reference',
    off === undefined ? '' : `<p class="bad">${escaped(off)}</p>`,
    htmlTable('reference', {
      caption: `${reference.class} of transformers ${reference.transformers}, on the same texts`,
      columns: ['compared', 'found'],
      rows: rowsOf(beside),
    }),
  );
}

/** Also of a data set. */
export function layerSection(
  layers: readonly LayerError[],
  note = 'Over all numbers of the layer and all texts.',
): string {
  if (layers.length === 0) return '';
  return section(
    'Error by layer',
    errorChart('errors-plot', layers),
    htmlTable('errors', {
      caption: 'Absolute difference between secure and plaintext values',
      columns: ['layer', 'largest', 'mean'],
      rows: layers.map(({ name, max, mean }) => [name, figure(max, small), figure(mean, small)]),
      notes: [note],
    }),
  );
}

/** Rows of the table of logits. */
const MOST = 20;

function logitSection({ task, results }: CompareReport): string {
  const pairs = results.flatMap(({ logits, plaintext, scores }, text): Pair[] => {
    const labels = Object.keys(scores ?? {});
    const at = results.length > 1 ? `text ${text + 1}, ` : '';
    return logits.map((secure, i) => ({ name: `${at}${labels[i] ?? i}`, plain: plaintext.logits[i]!, secure }));
  });
  return outputSection(task, pairs);
}

/** Each number of the output, computed both ways. Also of a data set. */
export function outputSection(task: Task, pairs: readonly Pair[]): string {
  if (pairs.length === 0) return '';
  const { title, each } = headOf(task).words.output;
  const far = [...pairs].sort((a, b) => Math.abs(b.plain - b.secure) - Math.abs(a.plain - a.secure)).slice(0, MOST);
  const five = (value: number) => value.toFixed(5);
  return section(
    title,
    scatterChart('logits-plot', pairs, title),
    residualChart('residuals-plot', pairs, title),
    htmlTable('logits', {
      caption: pairs.length > MOST ? `The ${MOST} of ${pairs.length} that are farthest apart` : `All of them`,
      columns: [each, 'in the clear', 'from shares', 'difference'],
      rows: far.map(({ name, plain, secure }) => [
        name,
        figure(plain, five),
        figure(secure, five),
        figure(Math.abs(plain - secure), small),
      ]),
    }),
  );
}
