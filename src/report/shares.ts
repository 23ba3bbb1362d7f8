import type { RingReport } from './ring.ts';
import { type Style, table } from './text.ts';
import { bytes, count, seconds } from './units.ts';

/** What `puma share-weights --json` prints. */
export type SharesReport = {
  model: string;
  architecture: string;
  /** Names this run of share-weights: the three parties must have the same. */
  id: string;
  folder: string;
  tensors: number;
  seconds: number;
  ring: RingReport;
  parties: { party: number; folder: string; bytes: number }[];
};

export function describeShares(report: SharesReport, style: Style): string {
  const { model, architecture, tensors, folder } = report;
  const work = ['deals: never sees a value', 'evaluates', 'evaluates'];
  return [
    `Shared ${style.strong(model)} (${architecture}, ${count(tensors, 'tensor')}) in ${seconds(report.seconds)}.`,
    '',
    table(
      [{ title: folder }, { title: 'size', right: true }, { title: 'carry it to the host of' }],
      report.parties.map(({ party, bytes: size }) => [
        `party${party}`,
        bytes(size),
        `party ${party}, who ${work[party]}`,
      ]),
      style,
    ),
    '',
    ...(report.ring.plan === undefined ? [] : [`Rings: plan of ${report.ring.plan}.`]),
    'Whoever holds two of these folders can read the weights: give each party its own, and delete the rest.',
  ].join('\n');
}
