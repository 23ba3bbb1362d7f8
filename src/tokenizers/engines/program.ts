/**
 * The process of the native library. The library ends its process on some files and texts that it does not expect, so it has one to
 * itself: what it was given by then is refused, and the caller goes on.
 */
import { createRequire } from 'node:module';
import type { Encoded, Reply, Request } from './messages.ts';

/** What is used of the library: its own type declarations are not valid TypeScript. */
type Native = {
  encode(text: string, pair: string | null, options: { addSpecialTokens: boolean }): Promise<Encoding>;
  decode(ids: number[], skipSpecial: boolean): Promise<string>;
  tokenToId(token: string): number | null;
};
type Encoding = { getIds(): number[]; getTypeIds(): number[] };
type Library = { Tokenizer: { fromString(json: string): Native } };

/** The tokenizers that were opened last. */
const opened = new Map<number, Native>();
const MOST = 8;

let library: Library | undefined;

async function answer(request: Request): Promise<Reply> {
  try {
    library ??= createRequire(import.meta.url)('tokenizers') as Library;
  } catch (error) {
    return { kind: 'missing', message: oneLine((error as Error).message) };
  }
  try {
    if (request.kind === 'open') return open(library, request);
    const tokenizer = opened.get(request.number);
    if (!tokenizer) return { kind: 'forgotten' };
    return {
      kind: 'done',
      value: request.kind === 'encode' ? await encode(tokenizer, request) : await decode(tokenizer, request),
    };
  } catch (error) {
    return { kind: 'failed', message: oneLine((error as Error).message) };
  }
}

function open({ Tokenizer }: Library, { number, json, ids }: Request & { kind: 'open' }): Reply {
  const tokenizer = Tokenizer.fromString(json);
  for (const [token, id] of ids) {
    const found = tokenizer.tokenToId(token);
    if (found !== id)
      return { kind: 'failed', message: `the added token ${JSON.stringify(token)} has the id ${found}, not ${id}` };
  }
  opened.set(number, tokenizer);
  for (const oldest of opened.keys()) if (opened.size > MOST) opened.delete(oldest);
  return { kind: 'done', value: undefined };
}

async function encode(tokenizer: Native, { text, pair, bare }: Request & { kind: 'encode' }): Promise<Encoded> {
  const encoding = await tokenizer.encode(text, pair ?? null, { addSpecialTokens: !bare });
  return { ids: Uint32Array.from(encoding.getIds()), types: Uint32Array.from(encoding.getTypeIds()) };
}

const decode = (tokenizer: Native, { ids }: Request & { kind: 'decode' }): Promise<string> =>
  tokenizer.decode([...ids], true);

/** The place in a text that the library made up says nothing to anybody. */
const oneLine = (message: string): string =>
  message
    .replace(/ at line 1 column \d+/g, '')
    .replace(/\s+/g, ' ')
    .slice(0, 200);

// An interrupt is for the process that asks; when that one is gone, so is this one, whatever it is at.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', async (request: Request) => process.send!(await answer(request)));
