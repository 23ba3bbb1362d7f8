/** Both sides beside what transformers computed of the same texts. */
import { headOf, type Task } from '../heads/index.ts';
import { type Style, table } from './text.ts';
import { count, small } from './units.ts';
import { type Agreement, short, tiesOf } from './verdict.ts';

/** One side, over all texts; `text` is the one, from 1, that is farthest off. */
export type Side = { logitsMax: number; text: number; labels: Agreement | null };

/** Part of what `--json` prints. */
export type ReferenceReport = {
  transformers: string;
  class: string;
  /** Token ids that were compared, all of them the same. */
  tokens: number;
  plaintext: Side;
  secure: Side;
  /** Tokens that the parties wrote. */
  written?: Agreement;
  within: boolean;
  results: {
    text?: string;
    pair?: string;
    ids: number[];
    label: string | null;
    scores: Record<string, number> | null;
    logits: number[];
    plaintextMax: number;
    secureMax: number;
  }[];
};

export type Beside = { task: Task; tolerance: number; reference: ReferenceReport };

/** Rows under the version and the class: what was compared, and what came of it. */
export function rowsOf({ task, reference }: Beside): [what: string, found: string][] {
  const { tokens, plaintext, secure, written } = reference;
  const { answer, output } = headOf(task).words;
  const side = ({ logitsMax, labels }: Side) =>
    [`${output.differs} by up to ${small(logitsMax)}`, ...(labels ? [`${answer!.many} ${shown(labels)}`] : [])].join(
      '; ',
    );
  return [
    ['token ids', `${tokens}, all the same`],
    ['plaintext', side(plaintext)],
    ['secure', side(secure)],
    ...(written ? [['new tokens', shown(written)] as [string, string]] : []),
  ];
}

const shown = (labels: Agreement): string => `${labels.same} of ${labels.of} the same${tiesOf(labels)}`;

export function describeReference(beside: Beside, style: Style): string {
  const { transformers, class: name, within } = beside.reference;
  const mark = within ? {} : { style: style.bad };
  return table([{ title: `transformers ${transformers}` }, { title: name, ...mark }], rowsOf(beside), style);
}

/** `plaintext logits differ from transformers by up to 0.5 (tolerance 0.02), text 2`; undefined if nothing does. */
export function whatIsOff({ task, tolerance, reference }: Beside): string | undefined {
  const { plaintext, secure, written, within } = reference;
  if (within) return undefined;
  const { many } = headOf(task).words.output;
  const sides = Object.entries({ plaintext, secure }).filter(([, { logitsMax }]) => !(logitsMax <= tolerance));
  const off = sides.map(
    ([name, { logitsMax, text }]) =>
      `${name} ${many} differ from transformers by up to ${short(logitsMax)} (tolerance ${short(tolerance)}), text ${text}`,
  );
  const wrong = written ? written.of - written.same - written.ties : 0;
  const tokens = wrong > 0 ? [`new tokens differ from transformers in ${count(wrong, 'text')}`] : [];
  return [...off, ...tokens].join('; ');
}
