import { type Style, table } from './text.ts';
import { count } from './units.ts';

type Range = { least?: number; most: number };
type Linear = { bits: number; input: number; weight: number };

/** A place of the model that a ring binds; `room` in bits, null when nothing came near. */
export type SiteRow = { site: string; range: Range; bound: Range; room: number | null; holds: boolean };

export type RingRow = { linear: Linear; holds: boolean; room: number | null; tightest: string };

/** What `puma calibrate --json` prints. */
export type CalibrateReport = {
  model: string;
  data: { file: string; texts: number; tokens: number; cut: number };
  linear: Linear;
  /** Tightest first. */
  sites: SiteRow[];
  rings: RingRow[];
  headRoom: number;
  /** The smallest ring for linear layers with so much head room, as --linear-ring takes it; null when none has it. */
  proposal: string | null;
  file: string;
  seconds: number;
};

/** Of so many places. */
const SHOWN = 10;

export function describeCalibration(report: CalibrateReport, style: Style): string {
  const { model, data, sites, rings, file } = report;
  const cut = data.cut > 0 ? `; ${count(data.cut, 'text')} cut to what the model takes` : '';
  const right = (title: string) => ({ title, right: true });
  const marked = (text: string) => (text === BROKEN ? style.bad(text) : text);
  return [
    `${style.strong(model)} on ${count(data.texts, 'text')}, ${count(data.tokens, 'token')} of ${data.file}${cut}`,
    '',
    table(
      [
        { title: `tightest of ${count(sites.length, 'place')}`, style: style.strong },
        ...['smallest', 'largest', 'holds', 'room'].map(right).map((column) => ({ ...column, style: marked })),
      ],
      sites.slice(0, SHOWN).map(siteCells),
      style,
    ),
    ...warnings(report, style),
    '',
    table(
      [{ title: 'linear ring' }, { ...right('room'), style: marked }, { title: 'tightest' }],
      rings.map(({ linear, tightest, ...margin }) => [showLinear(linear), roomOf(margin), tightest]),
      style,
    ),
    '',
    proposalOf(report),
    `Written to ${file}`,
  ].join('\n');
}

const BROKEN = 'BROKEN';

function siteCells({ site, range, bound, ...margin }: SiteRow): string[] {
  const least = range.least === undefined ? '' : figure(range.least);
  const holds =
    bound.least === undefined ? `< ${figure(bound.most)}` : `${figure(bound.least)} .. ${figure(bound.most)}`;
  return [site, least, figure(range.most), holds, roomOf(margin)];
}

const roomOf = ({ room, holds }: { room: number | null; holds: boolean }): string =>
  holds ? (room === null ? 'all' : `${room.toFixed(1)} bits`) : BROKEN;

function warnings({ sites, linear }: CalibrateReport, style: Style): string[] {
  const broken = sites.filter(({ holds }) => !holds);
  if (broken.length === 0) return [];
  const places = `${count(broken.length, 'place')} ${broken.length === 1 ? 'does' : 'do'} not fit`;
  return [
    '',
    style.bad(`${places} with linear ring ${showLinear(linear)}: answers would be wrong, and nobody would notice.`),
  ];
}

function proposalOf({ proposal, headRoom }: CalibrateReport): string {
  const room = count(headRoom, 'bit');
  return proposal === null
    ? `No linear ring has ${room} of head room: what is tight are other rings.`
    : `Smallest with ${room} of head room: --linear-ring ${proposal}`;
}

export const showLinear = ({ bits, input, weight }: Linear): string => `${bits},${input},${weight}`;

/** Three digits: 0.00123, 24.1, 16384; powers of two as they are. */
function figure(x: number): string {
  if (x >= 1e6 || (x > 0 && x < 1e-3)) return x.toExponential(1);
  return String(Number(x.toPrecision(x >= 100 ? 5 : 3)));
}
