/** What a comparison of secure and plaintext answers comes to, in words. */
import { headOf, type Task } from '../heads/index.ts';
import { type Style, table } from './text.ts';
import { count } from './units.ts';

type Range = { least?: number; most: number };

/** Where to look first: a value of the model whose error shows first, and a site whose values its ring may not hold. */
export type FaultReport = {
  layer: string;
  error: number | null;
  site: string;
  range: Range;
  bound: Range;
  holds: boolean;
  message: string;
};

/** Part of what `--json` prints. */
export type Verdict = {
  /** The most that a logit may be off. */
  tolerance: number;
  /** Whether none is off by more. */
  within: boolean;
  fault: FaultReport | null;
};

/** Labels or next tokens: those that are the same, and of the others those that the tolerance allows to differ. */
export type Agreement = { same: number; of: number; ties: number };

export type Compared = Verdict & { task: Task; agreement: Agreement | null; largest: number };

/** `labels differ (1 of 3), logits by up to 24.1 (tolerance 0.1)` */
export function whatDiffers(compared: Compared): string {
  const { task, agreement } = compared;
  const different = agreement ? agreement.of - agreement.same - agreement.ties : 0;
  if (different === 0) return outputDiffers(compared);
  const { answer, output } = headOf(task).words;
  return `${answer!.many} differ (${different} of ${agreement!.of}), ${output.many} ${howFar(compared)}`;
}

/** `logits differ by up to 24.1 (tolerance 0.1)` */
export const outputDiffers = (compared: Compared): string =>
  `${headOf(compared.task).words.output.differs} ${howFar(compared)}`;

const howFar = ({ largest, tolerance }: Compared): string =>
  `by up to ${short(largest)} (tolerance ${short(tolerance)})`;

/** To three digits, or to two: 24.1, 9.2e-5. */
export const short = (x: number): string => (x < 1e-3 ? x.toExponential(1) : String(Number(x.toPrecision(3))));

/** `, 2 ties within twice the tolerance`, if there are any. */
export const tiesOf = ({ ties }: Agreement): string =>
  ties === 0 ? '' : `, ${count(ties, 'tie')} within twice the tolerance`;

/** Lines for a terminal; `same` says how many labels are the same. Empty if there is nothing to say. */
export function describeVerdict(compared: Compared, same: string, style: Style): string[] {
  const { task, agreement, within, fault } = compared;
  const said = [...(agreement ? [same + tiesOf(agreement)] : []), ...(within ? [] : [outputDiffers(compared)])];
  const verdict = said.join('; ');
  const rows = [
    ...(verdict === '' ? [] : [[agreement ? headOf(task).words.answer!.many : 'verdict', verdict]]),
    ...(fault ? [['fault', fault.message]] : []),
  ];
  const mark = (text: string) => (within && text === verdict ? style.strong(text) : style.bad(text));
  return rows.length === 0 ? [] : [table([{ title: '' }, { title: '', style: mark }], rows, style)];
}
