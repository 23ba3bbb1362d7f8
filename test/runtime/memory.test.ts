import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { peakRss } from '../../src/runtime/memory.ts';

describe('the most memory a process has held', () => {
  test('is its own high-water mark where the system tells it', () => {
    expect(peakRss(() => 'VmPeak:\t  9999 kB\nVmHWM:\t   1234 kB\nVmRSS:\t 1000 kB\n')).toBe(1234 * 1024);
  });

  test('is what the system counts elsewhere', () => {
    const counted = () => process.resourceUsage().maxRSS * 1024;
    const before = counted();
    const peak = peakRss(() => '');
    expect(peak).toBeGreaterThanOrEqual(before);
    expect(peak).toBeLessThanOrEqual(counted());
  });

  test('grows with what is held, and does not shrink again', () => {
    const before = peakRss();
    const held = Buffer.alloc(process.memoryUsage().rss + (50 << 20), 1);
    const after = peakRss();
    expect(after).toBeGreaterThan(before);
    expect(after).toBeGreaterThan(held.length);
  });

  /** The fact behind all this. */
  test.skipIf(process.platform !== 'linux')(
    'a process is born with the peak of the one that started it, but for this',
    () => {
      const child = `const status = require('fs').readFileSync('/proc/self/status', 'utf8');
      console.log(status.match(/VmHWM:\\s+(\\d+)/)[1], process.resourceUsage().maxRSS)`;
      const parent = `const held = Buffer.alloc(400 << 20, 1);
      process.stdout.write(require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(child)}]))`;
      const [own, counted] = execFileSync(process.execPath, ['-e', parent], { encoding: 'utf8' })
        .split(' ')
        .map(Number);
      expect(own! * 1024).toBeLessThan(300 << 20);
      expect(counted! * 1024).toBeGreaterThan(300 << 20);
    },
  );
});
