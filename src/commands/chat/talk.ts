/** A conversation in the terminal: a line is a message, or a command that begins with a slash. */
import { PumaError } from '../../errors.ts';
import type { Conversation } from '../../library/chat/conversation.ts';
import type { Piece } from '../../library/run/continue.ts';
import { describeTurn, type Turn } from '../../report/chat.ts';
import { checkReplaceable, replaceFile } from '../../report/file.ts';
import { terminalStyle } from '../../terminal/style.ts';
import type { Context } from '../../terminal/verb.ts';
import { complaintOf } from '../../terminal/words.ts';
import type { Lines } from './lines.ts';

export const HELP = [
  '/reset      begin a new conversation',
  '/save FILE  write the messages as JSON, for puma infer --chat',
  '/help       this list',
  '/quit       end; so do Ctrl-D, and Ctrl-C where an answer is not being written',
].join('\n');

type Talk = { chat: Conversation; lines: Lines; context: Context; json: boolean };

/** Until the lines end, or /quit. Whoever types hears of mistakes and goes on; otherwise they are thrown. */
export async function talk(parts: Talk): Promise<void> {
  const { lines, context } = parts;
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    const text = line.trim();
    if (text === '/quit') return;
    try {
      if (text.startsWith('/')) await command(text, parts);
      else if (text !== '' && (await turn(line, parts)) === 'ended') return;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!lines.typed || !(error instanceof PumaError) || error.exitCode !== 2) throw error;
      process.stderr.write(complaintOf(error));
    }
  }
  context.signal.throwIfAborted();
  if (lines.typed) await context.write('\n');
}

async function command(text: string, { chat, context, json }: Talk): Promise<void> {
  const [name, file] = [text.split(/\s/)[0]!, text.replace(/^\S+\s*/, '')];
  const say = (line: string) => (json ? Promise.resolve() : context.write(`${terminalStyle().faint(line)}\n`));
  if (name === '/help') return say(HELP);
  if (name === '/reset') {
    chat.reset();
    return say('a new conversation');
  }
  if (name !== '/save')
    throw new PumaError('E_USAGE', `there is no command ${name}`, '/help lists those that there are.');
  if (file === '') throw new PumaError('E_USAGE', '/save takes the name of a file', 'Such as: /save chat.json');
  await checkReplaceable(file, '/save');
  await replaceFile(file, `${JSON.stringify(chat.messages, null, 2)}\n`);
  return say(`saved in ${file}`);
}

/** One message and its answer. Ctrl-C leaves the answer as it is; twice, the conversation. */
async function turn(text: string, { chat, lines, context, json }: Talk): Promise<'ended' | undefined> {
  const stop = new AbortController();
  let interrupts = 0;
  const interrupt = () => {
    interrupts++;
    stop.abort(INTERRUPTED);
  };
  const pieces: Piece[] = [];
  const show = json ? async () => {} : context.write;
  await lines.during(async () => {
    try {
      for await (const piece of chat.say(text, { signal: stop.signal })) {
        if (pieces.length === 0) context.bars.textBegins();
        pieces.push(piece);
        await show(piece.text);
      }
    } catch (error) {
      if (error !== INTERRUPTED) throw error;
    } finally {
      context.bars.textEnds();
      if (pieces.length > 0) await show('\n');
    }
    // Whatever the parties are at is waited for here, so that a second Ctrl-C is heard
    if (stop.signal.aborted) await chat.idle();
  }, interrupt);
  if (interrupts > 1) return 'ended';
  const took = turnOf(pieces, chat, stop.signal.aborted);
  await context.write(json ? `${JSON.stringify(took)}\n` : `${terminalStyle().faint(describeTurn(took))}\n`);
  return undefined;
}

const INTERRUPTED = new PumaError('E_INTERRUPTED', 'interrupted', undefined, 1);

function turnOf(pieces: readonly Piece[], chat: Conversation, stopped: boolean): Turn {
  const sum = (of: (piece: Piece) => number) => pieces.reduce((n, piece) => n + of(piece), 0);
  return {
    text: pieces.map((piece) => piece.text).join(''),
    tokens: pieces.map(({ id }) => id),
    read: pieces[0]?.read ?? 0,
    seconds: sum(({ seconds }) => seconds),
    bytes: sum(({ bytes }) => bytes.total),
    rounds: sum(({ rounds }) => rounds),
    context: chat.length,
    ...(stopped ? { stopped } : {}),
  };
}
