import { Chalk } from 'chalk';
import { PLAIN, type Style } from '../report/text.ts';

/** Colours on a terminal, if its owner wants them (no-color.org). */
export function terminalStyle(env: NodeJS.ProcessEnv = process.env): Style {
  const chalk = new Chalk();
  if (env.NO_COLOR || chalk.level === 0) return PLAIN;
  return { strong: chalk.bold, faint: chalk.dim, bad: chalk.red };
}
