import { cpus, totalmem } from 'node:os';

/** Where figures were taken: they mean little without it. */
export type Machine = { cpu: string; cores: number; memoryBytes: number; node: string };

export function thisMachine(): Machine {
  const cores = cpus();
  const cpu = cores[0]?.model.replace(/\s+/g, ' ').trim() || process.arch;
  return { cpu, cores: cores.length, memoryBytes: totalmem(), node: process.version };
}
