/** How a command line words what the library says. */
import { inWords, type PumaError, type Wording } from '../errors.ts';

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Options that have another name here. */
const FLAGS: Readonly<Record<string, string>> = {
  ids: '--input-ids',
  pair: '--text-pair',
  'generate.prompt': 'puma infer --prompt',
  'shareWeights.reveal': '--permit-logits',
};

/** `--pad-to 8`, `puma share-weights --out FOLDER`. */
export const inFlags: Wording = (term) => {
  if ('call' in term) {
    if (term.call === 'reset') return '/reset';
    const options = Object.entries(term.with ?? {});
    const args = options.map(([name, value]) => (term.call === 'pull' ? value : `--${kebab(name)} ${value}`));
    return ['puma', kebab(term.call), ...args].join(' ');
  }
  const { option, value, of } = term;
  const other = FLAGS[of === undefined ? option : `${of}.${option}`];
  if (of !== undefined && other) return other;
  return `${other ?? `--${kebab(option)}`}${value === undefined ? '' : ` ${value}`}`;
};

/** What people read of an error. */
export function complaintOf(error: PumaError): string {
  const { message, hint } = linesOf(error);
  return `puma: ${message.replaceAll('\n', '\n  ')} (${error.code})\n${hint ? `  ${hint}\n` : ''}`;
}

/** The two lines of an error; the second may be missing. */
export function linesOf({ said }: PumaError): { message: string; hint?: string } {
  const { message, remedy } = said;
  return {
    message: inWords(message, inFlags),
    ...(remedy === undefined ? {} : { hint: inWords(remedy, inFlags) }),
  };
}
