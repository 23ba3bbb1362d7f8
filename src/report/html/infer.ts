/** The page of `puma infer`. */

import { headOf } from '../../heads/index.ts';
import { duration } from '../bench-units.ts';
import type { GenerateReport } from '../generate.ts';
import type { Result, RunReport } from '../run.ts';
import { bytes, percent } from '../units.ts';
import { lineChart, type Point } from './charts.ts';
import { costFacts, costSections } from './cost.ts';
import { type About, page, section } from './page.ts';
import { type Cell, figure, htmlTable } from './table.ts';

export function inferPage(report: RunReport | GenerateReport, about: About): string {
  const generated = 'perToken' in report;
  return page({
    ...{ title: `Private inference with ${report.model}`, about, report },
    parts: [
      costFacts(report, report.results.length),
      generated ? writtenSection(report) : answerSection(report),
      generated ? tokenSection(report) : '',
      ...costSections(report),
    ],
  });
}

/** More labels than these are not columns: the best stands alone. */
const MANY = 4;

function answerSection({ task, results }: RunReport): string {
  const { answer, output } = headOf(task).words;
  const all = Object.keys(results[0]?.scores ?? {});
  const labels = all.length <= MANY ? all : [];
  const row = ({ text, textPair, label, scores, logits }: Result): Cell[] => [
    textPair === undefined ? text : `${text} | ${textPair}`,
    answer ? answer.written(label!) : vector(logits),
    ...labels.map((name) => figure(scores?.[name], percent)),
    ...(answer && labels.length === 0 ? [figure(scores?.[label ?? ''], percent)] : []),
  ];
  return section(
    'Answers',
    htmlTable('answers', {
      caption: answer ? `Texts, their ${answer.many} and scores` : `Texts and their ${output.shown}s`,
      columns: [
        'text',
        answer?.one ?? output.shown,
        ...labels.map((name) => `score of ${name}`),
        ...(answer && labels.length === 0 ? ['score'] : []),
      ],
      rows: results.map(row),
    }),
  );
}

/** Of a long vector its beginning; the JSON has it all. */
export const vector = (values: readonly number[]): string =>
  `${values
    .slice(0, 4)
    .map((value) => value.toFixed(4))
    .join(', ')}${values.length > 4 ? `, ... (${values.length} numbers)` : ''}`;

function writtenSection({ results }: GenerateReport): string {
  return section(
    'Texts',
    htmlTable('answers', {
      caption: 'Prompts and what the model added',
      columns: ['prompt', 'new text', 'new tokens'],
      rows: results.map(({ prompt, text, tokens }) => [
        typeof prompt === 'string' ? prompt : prompt.join(', '),
        text ?? tokens.join(', '),
        figure(tokens.length, String),
      ]),
    }),
  );
}

function tokenSection({ results, perToken }: GenerateReport): string {
  const places = results.flatMap(({ tokens }, text) => tokens.map((_, i) => ({ text, token: i + 1 })));
  const known = perToken.slice(0, places.length);
  if (known.length === 0) return '';
  const points = (of: 'seconds' | 'bytes'): Point[] =>
    known.map((spent, i) => ({ x: places[i]!.token, y: spent[of], line: places[i]!.text }));
  const many = results.length > 1;
  const lines = results.map((_, text) => `text ${text + 1}`);
  const each = many ? ', a line for each text' : '';
  return section(
    'By token',
    lineChart({
      ...{ id: 'token-seconds-plot', title: `Time of each new token, seconds${each}` },
      points: points('seconds'),
      lines,
      x: 'new token',
      y: 'time',
      show: duration,
    }),
    lineChart({
      ...{ id: 'token-bytes-plot', title: `Traffic of each new token, bytes${each}` },
      points: points('bytes'),
      lines,
      x: 'new token',
      y: 'traffic',
      show: bytes,
    }),
    htmlTable('tokens', {
      caption: 'Time, traffic and rounds of each new token',
      columns: ['token', 'time', 'traffic', 'rounds'],
      rows: known.map(({ seconds, bytes: sent, rounds }, i) => [
        `${many ? `text ${places[i]!.text + 1}, ` : ''}${places[i]!.token}`,
        figure(seconds, duration),
        figure(sent, bytes),
        figure(rounds, String),
      ]),
      notes: ['The first token of a text takes the whole prompt with it.'],
    }),
  );
}
