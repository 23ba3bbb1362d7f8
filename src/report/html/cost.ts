/** What a run took, as the parts of a page: time, bytes, rounds, memory. */

import { duration } from '../bench-units.ts';
import { kindsOf } from '../kinds.ts';
import { describeFraction } from '../ring.ts';
import type { CostReport } from '../run.ts';
import { bytes, count, network, percent, seconds } from '../units.ts';
import { barChart, type Span, timeline } from './charts.ts';
import { type Fact, factList, section } from './page.ts';
import { type Cell, figure, htmlTable } from './table.ts';

/** Reports differ in what they tell beside the totals. */
type Cost = Pick<CostReport, 'rounds' | 'parties' | 'ring' | 'network'> & {
  seconds: CostReport['seconds'] & { plaintext?: number };
  bytes: Omit<CostReport['bytes'], 'links'> & Partial<Pick<CostReport['bytes'], 'links'>>;
} & Partial<Pick<CostReport, 'kinds' | 'layers'>>;

const plain = (value: number): string => String(value);

export function costFacts(report: Cost & Pick<CostReport, 'model' | 'task' | 'simd'>, texts: number): string {
  const { seconds: s, bytes: b, rounds, parties, ring, simd, model, task, network: shaped } = report;
  const phases = phasesOf(report);
  const facts: Fact[] = [
    { name: 'model', value: model, more: `${task}, ${count(texts, 'text')}` },
    {
      name: 'inference',
      value: duration(s.inference),
      more: `${seconds(phases.at(-1)!.to)} with everything before it`,
    },
    { name: 'traffic', value: bytes(b.total), more: 'of all parties and the client' },
    { name: 'rounds', value: String(rounds) },
    {
      name: 'memory',
      value: bytes(Math.max(...parties.map((party) => party.peakRssBytes))),
      more: 'the largest party, at its peak',
    },
    { name: 'ring', value: `Z_2^${ring.bits}`, more: describeFraction(ring) },
    { name: 'kernels', value: simd },
    ...(shaped ? [{ name: 'network', value: network(shaped), more: 'shaped' }] : []),
  ];
  return factList(facts);
}

/** All sections about cost. */
export const costSections = (report: Cost): readonly string[] => [
  timeSection(report),
  kindSection(report),
  trafficSection(report),
  memorySection(report),
];

/** In the order in which they happen. */
function phasesOf({ seconds: s }: Cost): Span[] {
  const all: [string, number | undefined][] = [
    ['in the clear', s.plaintext],
    ['sharing weights', s.share],
    ['start-up', s.startup],
    ['inference', s.inference],
  ];
  let at = 0;
  return all.flatMap(([name, time]) => (time === undefined ? [] : [{ name, from: at, to: (at += time) }]));
}

function timeSection(report: Cost): string {
  const { seconds: s, layers = [] } = report;
  const phases = phasesOf(report);
  const times: Record<string, number | undefined> = {
    'in the clear': s.plaintext,
    'sharing weights': s.share,
    'start-up': s.startup,
    inference: s.inference,
  };
  let at = 0;
  const spans = layers.map(({ name, seconds }) => ({ name, from: at, to: (at += seconds) }));
  return section(
    'Time',
    timeline({ id: 'phases-plot', title: 'Time by phase, seconds since the beginning', spans: phases, show: duration }),
    htmlTable('phases', {
      caption: 'Time by phase',
      columns: ['phase', 'time'],
      rows: phases.map(({ name }) => [name, figure(times[name], duration)]),
    }),
    ...(layers.length === 0
      ? []
      : [
          timeline({ id: 'layers-plot', title: 'Time by layer, seconds of inference', spans, show: duration }),
          htmlTable('layers', {
            caption: 'Time by layer',
            columns: ['layer', 'time', 'of all'],
            rows: layers.map(({ name, seconds }) => [name, figure(seconds, duration), percent(seconds / at)]),
            notes: [
              'From one layer to the next as evaluator 1 reports them, over all texts and tokens. Answer: what follows the last layer until the client has it.',
            ],
          }),
        ]),
  );
}

function kindSection({ kinds = {} }: Cost): string {
  const rows = kindsOf(Object.keys(kinds)).map(({ name, fill }) => ({ name, fill, spent: kinds[name]! }));
  if (rows.length === 0) return '';
  const bars = (of: 'seconds' | 'bytes' | 'rounds') =>
    rows.map(({ name, fill, spent }) => ({ row: name, value: spent[of], fill }));
  return section(
    'By kind of work',
    barChart({
      id: 'kind-seconds-plot',
      title: 'Time by kind of work, seconds at evaluator 1',
      bars: bars('seconds'),
      unit: 'time',
      show: duration,
    }),
    barChart({
      id: 'kind-bytes-plot',
      title: 'Traffic by kind of work, bytes that the three parties sent each other',
      bars: bars('bytes'),
      unit: 'traffic',
      show: bytes,
    }),
    barChart({
      id: 'kind-rounds-plot',
      title: 'Rounds by kind of work',
      bars: bars('rounds'),
      unit: 'rounds',
      show: plain,
    }),
    htmlTable('kinds', {
      caption: 'Time, traffic and rounds by kind of work',
      columns: ['kind', 'time', 'traffic', 'rounds'],
      rows: rows.map(({ name, spent }) => [
        name,
        figure(spent.seconds, duration),
        figure(spent.bytes, bytes),
        figure(spent.rounds, plain),
      ]),
      notes: ['Time is that of evaluator 1, its waiting for the other parties included.'],
    }),
  );
}

function trafficSection({ bytes: b, rounds }: Cost): string {
  const { links = [] } = b;
  const totals: [string, number][] = [
    ['from the dealer', b.dealer],
    ['between evaluators', b.online],
    ['with the client', b.client],
    ['all', b.total],
  ];
  const name = ({ from, to }: { from: string; to: string }) => `${end(from)} → ${end(to)}`;
  const rows: Cell[][] = totals.map(([what, sent]) => [what, figure(sent, bytes)]);
  return section(
    'Traffic',
    ...(links.length === 0
      ? []
      : [
          barChart({
            ...{ id: 'links-plot', title: 'Traffic by link, bytes', unit: 'traffic', show: bytes },
            bars: links.map((link) => ({ row: name(link), value: link.bytes })),
          }),
          htmlTable('links', {
            caption: 'Traffic by link',
            columns: ['link', 'bytes'],
            rows: links.map((link) => [name(link), figure(link.bytes, bytes)]),
            notes: [
              'Party 0 is the dealer, parties 1 and 2 evaluate. Every byte is counted where it is sent, headers included.',
            ],
          }),
        ]),
    htmlTable('traffic', {
      caption: `Traffic in all, in ${count(rounds, 'round')}`,
      columns: ['traffic', 'bytes'],
      rows,
    }),
  );
}

const ENDS: Record<string, string> = { 0: 'dealer' };
const end = (name: string): string => ENDS[name] ?? (name === 'client' ? name : `party ${name}`);

function memorySection({ parties, bytes: b }: Cost): string {
  if (parties.length === 0) return '';
  const name = (party: number) => `party ${party}${party === 0 ? ', dealer' : ''}`;
  return section(
    'Parties',
    barChart({
      ...{ id: 'memory-plot', title: 'Memory of each party at its peak, bytes', unit: 'memory', show: bytes },
      bars: parties.map(({ party, peakRssBytes }) => ({ row: name(party), value: peakRssBytes })),
    }),
    htmlTable('parties', {
      caption: 'Parties',
      columns: ['party', 'memory', 'sent', 'received'],
      rows: parties.map(({ party, peakRssBytes }, i) => [
        name(party),
        figure(peakRssBytes, bytes),
        figure(b.perParty[i]?.sent, bytes),
        figure(b.perParty[i]?.received, bytes),
      ]),
    }),
  );
}
