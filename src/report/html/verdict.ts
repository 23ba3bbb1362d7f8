/** The verdict of a comparison, on its page. */
import { headOf } from '../../heads/index.ts';
import { type Compared, outputDiffers, tiesOf } from '../verdict.ts';
import { escaped } from './escape.ts';

/** Paragraphs; empty if there is nothing to say. */
export function verdictParagraphs(compared: Compared): string {
  const { task, agreement, within, fault } = compared;
  const { answer } = headOf(task).words;
  const agreed = agreement ? `${agreement.same} of ${agreement.of} ${answer!.many} the same${tiesOf(agreement)}` : '';
  const off = within ? '' : outputDiffers(compared);
  const [strong, rest] = within ? [agreed, ''] : [off, agreed];
  const verdict = `<strong>${within ? '✓' : '✗'} ${escaped(strong)}</strong>${rest === '' ? '' : `; ${escaped(rest)}`}`;
  return [
    ...(strong === '' ? [] : [`<p class="${within ? 'good' : 'bad'}">${verdict}</p>`]),
    ...(fault ? [`<p class="bad">Fault: ${escaped(fault.message)}</p>`] : []),
  ].join('\n');
}
