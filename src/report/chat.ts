/** What an answer of a conversation took. */
import { bytes, count, seconds } from './units.ts';

/** What `puma chat --json` prints for each answer. */
export type Turn = {
  text: string;
  tokens: number[];
  /** Tokens that the parties read before they answered: they keep those of earlier turns. */
  read: number;
  seconds: number;
  bytes: number;
  rounds: number;
  /** Of the conversation so far, and how many the model takes. */
  context: { tokens: number; most: number };
  /** By Ctrl-C. */
  stopped?: boolean;
};

/** One line. */
export function describeTurn({ tokens, read, context, stopped, ...took }: Turn): string {
  const parts = [
    ...(stopped ? ['stopped'] : []),
    `${count(read, 'token')} read, ${tokens.length} written`,
    seconds(took.seconds),
    bytes(took.bytes),
    count(took.rounds, 'round'),
    `context ${context.tokens} of ${context.most}`,
  ];
  return `[${parts.join('; ')}]`;
}
