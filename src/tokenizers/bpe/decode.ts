import { z } from 'zod';
import { fromAlphabet } from './bytes.ts';
import { Part, unsupported } from './part.ts';
import { Pattern, patternOf } from './pattern.ts';

/** Turns tokens into parts of a text; joined, they are the text. */
export type Decode = (tokens: string[]) => string[];

const Replace = z.object({ pattern: Pattern, content: z.string() });
const Strip = z.object({ content: z.string(), start: z.int().min(0), stop: z.int().min(0) });
const Metaspace = z.object({ replacement: z.string(), prepend_scheme: z.string().nullish() });
const Sequence = z.object({ decoders: z.array(Part) });

/** The decoder of tokenizer.json. */
export function decoderOf(part: Part | null): Decode {
  switch (part?.type) {
    case undefined:
      return (tokens) => [tokens.join(' ')];
    case 'ByteLevel':
      return (tokens) => [utf8(tokens.flatMap((token) => [...fromAlphabet(token)]))];
    case 'ByteFallback':
      return byteFallback;
    case 'Fuse':
      return (tokens) => [tokens.join('')];
    case 'Replace': {
      const { pattern, content } = Replace.parse(part);
      const regex = patternOf(pattern);
      return (tokens) => tokens.map((token) => token.replace(regex, () => content));
    }
    case 'Strip': {
      const settings = Strip.parse(part);
      return (tokens) => tokens.map((token) => strip([...token], settings));
    }
    case 'Metaspace': {
      const { replacement, prepend_scheme } = Metaspace.parse(part);
      const dropped = prepend_scheme !== 'never';
      return (tokens) => tokens.map((token, i) => token.replaceAll(replacement, dropped && i === 0 ? '' : ' '));
    }
    case 'Sequence': {
      const steps = Sequence.parse(part).decoders.map(decoderOf);
      return (tokens) => steps.reduce((now, step) => step(now), tokens);
    }
    default:
      return unsupported('decoder', part!.type);
  }
}

/** Bytes that are no UTF-8 come out as U+FFFD. */
function utf8(bytes: readonly number[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

/** Joins runs of <0xE2><0x82><0xAC>; a run that is no UTF-8 as a whole gives one U+FFFD a byte. */
function byteFallback(tokens: string[]): string[] {
  const out: string[] = [];
  let run: number[] = [];
  const flush = () => {
    if (run.length > 0) out.push(strictUtf8(run) ?? '\ufffd'.repeat(run.length));
    run = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([0-9a-fA-F]{2})>$/.exec(token);
    if (byte) run.push(Number.parseInt(byte[1]!, 16));
    else {
      flush();
      out.push(token);
    }
  }
  flush();
  return out;
}

function strictUtf8(bytes: readonly number[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

/** Takes up to `start` and `stop` of this character away from the ends. */
function strip(characters: string[], { content, start, stop }: z.infer<typeof Strip>): string {
  const { length } = characters;
  let from = 0;
  while (from < Math.min(start, length) && characters[from] === content) from++;
  let cut = 0;
  while (cut < Math.min(stop, length) && characters[length - 1 - cut] === content) cut++;
  return characters.slice(from, length - cut).join('');
}
