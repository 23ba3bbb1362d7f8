/** The report of texts that were continued. */
import { type CostReport, describeCost, type Setting } from './run.ts';
import { type Style, table } from './text.ts';
import { bytes, count, seconds } from './units.ts';

export type Generated = {
  /** The text, or token ids; of a conversation, the text that the chat template makes of it. */
  prompt: string | number[];
  /** The conversation. */
  messages?: readonly { role: string; content: string }[];
  tokens: number[];
  /** Null when there is no tokenizer. */
  text: string | null;
  /** Behind each token before it was chosen, if they were revealed. */
  logits?: number[][];
};

/** What `--json` prints. `perToken` has an entry for each new token, text after text. */
export type GenerateReport = CostReport & {
  results: Generated[];
  perToken: { seconds: number; bytes: number; rounds: number }[];
};

/** The new text is on the screen already: what it took. */
export function describeGeneration(report: GenerateReport, setting: Setting, style: Style): string {
  const starts = new Set<number>();
  let at = 0;
  for (const { tokens } of report.results) {
    starts.add(at);
    at += tokens.length;
  }
  const prompts = report.perToken.filter((_, i) => starts.has(i));
  const others = report.perToken.filter((_, i) => !starts.has(i));
  const row = (name: string, list: GenerateReport['perToken']) =>
    list.length === 0
      ? []
      : [
          [
            name,
            seconds(median(list.map((t) => t.seconds))),
            bytes(median(list.map((t) => t.bytes))),
            String(median(list.map((t) => t.rounds))),
          ],
        ];
  const right = (title: string) => ({ title, right: true });
  return [
    '\n',
    table(
      [{ title: `${count(report.perToken.length, 'new token')}` }, right('time'), right('traffic'), right('rounds')],
      [
        ...row(report.results.length === 1 ? 'the prompt and token 1' : 'a prompt and token 1, median', prompts),
        ...row('each token after it, median', others),
      ],
      style,
    ),
    '',
    describeCost(report, setting, style),
  ].join('\n');
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
