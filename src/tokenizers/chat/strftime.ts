import { PumaError } from '../../errors.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

const two = (n: number): string => String(n).padStart(2, '0');
const short = (name: string | undefined): string => name!.slice(0, 3);
const twelve = (date: Date): number => date.getHours() % 12 || 12;

const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  '%a': (date) => short(DAYS[date.getDay()]),
  '%A': (date) => DAYS[date.getDay()]!,
  '%b': (date) => short(MONTHS[date.getMonth()]),
  '%B': (date) => MONTHS[date.getMonth()]!,
  '%d': (date) => two(date.getDate()),
  '%-d': (date) => String(date.getDate()),
  '%e': (date) => String(date.getDate()).padStart(2),
  '%F': (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  '%H': (date) => two(date.getHours()),
  '%I': (date) => two(twelve(date)),
  '%m': (date) => two(date.getMonth() + 1),
  '%-m': (date) => String(date.getMonth() + 1),
  '%M': (date) => two(date.getMinutes()),
  '%p': (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  '%S': (date) => two(date.getSeconds()),
  '%T': (date) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
  '%y': (date) => two(date.getFullYear() % 100),
  '%Y': (date) => String(date.getFullYear()),
  '%%': () => '%',
};

/** A date as Python's strftime() writes it in English. Throws E_CHAT for a directive that is not known. */
export const strftime = (date: Date, format: string): string =>
  format.replace(/%-?./gs, (directive) => {
    const write = DIRECTIVES[directive];
    if (write) return write(date);
    throw new PumaError('E_CHAT', `a date is asked for as ${JSON.stringify(directive)}, which is not known`);
  });
