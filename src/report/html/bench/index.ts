/** The page of `puma bench`. */
import { type BenchCase, type BenchReport, hasRun } from '../../../bench/report.ts';
import { bytes, count, network } from '../../units.ts';
import { type About, factList, page, section } from '../page.ts';
import { htmlTable } from '../table.ts';
import { caseName, extrapolated } from './cases.ts';
import { kernelSection } from './kernels.ts';
import { kindTables } from './kinds.ts';
import { protocolSection } from './protocols.ts';
import { publishedSection } from './published.ts';
import { timeTables, trafficTables } from './tables.ts';

export function benchPage(report: BenchReport, about: About): string {
  return page({
    ...{ title: 'Measurements of secure inference', about, report },
    parts: [setting(report), ...caseSections(report.cases), kernelSection(report), protocolSection(report)],
  });
}

function setting({ machine, simd, threads, network: shaped }: BenchReport): string {
  return factList([
    { name: 'machine', value: machine.cpu, more: `${count(machine.cores, 'core')}, ${bytes(machine.memoryBytes)}` },
    { name: 'kernels', value: simd, more: `${count(threads, 'thread')} for each party` },
    { name: 'program', value: `node ${machine.node}` },
    ...(shaped ? [{ name: 'network', value: network(shaped), more: 'shaped' }] : []),
  ]);
}

function caseSections(cases: readonly BenchCase[]): string[] {
  const ran = cases.filter(hasRun);
  const notes = [
    ...extrapolated(ran),
    ...cases.flatMap((one) => (hasRun(one) ? [] : [`${caseName(one)}: skipped: ${one.skipped}.`])),
  ];
  const why = notes.map((note) => [note]);
  if (ran.length === 0)
    return why.length === 0
      ? []
      : [section('Cases', htmlTable('skipped', { caption: 'Cases that were not run', columns: ['case'], rows: why }))];
  return [
    section('Inference', ...timeTables(ran, notes)),
    section('Traffic and memory', ...trafficTables(ran)),
    publishedSection(ran),
    section('By kind of work', ...kindTables(ran)),
  ];
}
