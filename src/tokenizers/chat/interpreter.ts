import { type Environment, Interpreter, type parse } from '@huggingface/jinja';

type Program = ReturnType<typeof parse>;
type Value = { type: string; value: unknown; toString(): string };
/** What is used of the library's interpreter beyond its declarations: evaluateBlock() makes the text of each block. */
type Inner = {
  evaluate(statement: { type: string }, environment: unknown): Value;
  evaluateBlock(statements: readonly { type: string }[], environment: unknown): Value;
  run(program: Program): Value;
};

/** Statements give no value that is printed, or their text. */
const STATEMENTS: ReadonlySet<string> = new Set([
  ...['Set', 'If', 'For', 'Macro', 'Comment', 'Break', 'Continue', 'CallStatement', 'FilterStatement'],
]);

/**
 * The library's interpreter, with values printed as Jinja prints them: it would write `true` for `True`, and drop what an
 * iteration has printed before it is left. What is not known to come out alike is refused.
 */
export function run(program: Program, environment: Environment): string {
  const interpreter = new Interpreter(environment) as unknown as Inner;
  const block = interpreter.evaluateBlock;
  interpreter.evaluateBlock = function (statements, scope) {
    let text = '';
    for (const statement of statements) {
      const value = evaluated(() => this.evaluate(statement, scope), text);
      text += STATEMENTS.has(statement.type) ? (value.type === 'StringValue' ? value.value : '') : printed(value);
    }
    const result = block.call(this, [], scope); // an empty text
    result.value = text;
    return result;
  };
  return String(interpreter.run(program).value);
}

/** `continue` and `break` come as exceptions without a message. */
function evaluated(work: () => Value, before: string): Value {
  try {
    return work();
  } catch (error) {
    const leaves = error instanceof Error && error.constructor !== Error && error.message === '';
    if (leaves && before !== '') throw new Error('a loop is left behind a text: that is not supported');
    throw error;
  }
}

function printed({ type, value }: Value): string {
  if (type === 'StringValue') return value as string;
  if (type === 'IntegerValue') return String(value);
  if (type === 'BooleanValue') return value ? 'True' : 'False';
  if (type === 'NullValue') return 'None';
  if (type === 'UndefinedValue') return '';
  throw new Error(`it prints a ${type}, which is not supported`);
}
