import { readFileSync } from 'node:fs';

/**
 * The most memory this process has held, in bytes. On Linux getrusage() begins with what the process that started us held then, so we
 * ask for our own high-water mark.
 */
export function peakRss(status: () => string = ownStatus): number {
  const own = /^VmHWM:\s+(\d+) kB$/m.exec(status())?.[1];
  return own === undefined ? process.resourceUsage().maxRSS * 1024 : Number(own) * 1024;
}

function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return ''; // not on Linux
  }
}
