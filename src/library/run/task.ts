/** What a model does, and which options are for models that do something else. */
import { option, PumaError, words } from '../../errors.ts';
import type { Reader } from './reader.ts';

type Does = Pick<Reader, 'name' | 'program'>;

/** Refuses a model that does something else. Throws E_TASK. */
export function checkTask({ name, program }: Does, generates: boolean): void {
  if (program.head.continues === generates) return;
  const [does, hint] = generates
    ? [`does not generate text: it ${program.head.verb}`, 'Use infer().']
    : ['generates text', 'Use generate(); with { maxNewTokens: 1 } it gives the next token.'];
  throw new PumaError('E_TASK', `${name} ${does}`, hint);
}

/** Refuses options that mean nothing to the model: those that are only for one that generates, and those that are only for the others. Throws E_OPTION. */
export function checkApply(
  { name, program: { head } }: Does,
  { generating = {}, others = {}, of }: { generating?: object; others?: object; of?: string },
): void {
  const wrong = Object.entries(head.continues ? others : generating).find(([, value]) => value !== undefined);
  if (!wrong) return;
  const given = option(wrong[0], undefined, of);
  const models = head.continues ? 'that does not generate' : 'that generates';
  const message = words`${given} is for a model ${models}; ${name} ${head.verb}`;
  throw new PumaError('E_OPTION', message, words`Leave out ${given}.`);
}
