/** What is asked of a model that generates. */

import type { Message } from '../../tokenizers/chat/messages.ts';
import { anything, choice, flag, list, number, parts, signal, text, whole } from '../fields.ts';
import type { Padding } from './query.ts';

export type Prompt = (
  | { prompt: string; ids?: undefined; messages?: undefined }
  | { /** Token ids, special ones included. */ ids: readonly number[]; prompt?: undefined; messages?: undefined }
  | {
      /** A conversation, which the model's chat template writes. */ messages: readonly Message[];
      prompt?: undefined;
      ids?: undefined;
    }
) &
  Padding & {
    /** What errors call it: 'the prompt' when left out. */
    where?: string | undefined;
    /**
     * How many tokens may follow: 32, or as many as there is room for, or fewer where generation_config.json says so. The last one needs no
     * room: nobody reads it again.
     */
    maxNewTokens?: number | undefined;
    /** Texts that end the text; they are not part of it. */
    stop?: readonly string[] | undefined;
    /** Ids that end the text: what the model's generation_config.json says when left out. */
    eos?: readonly number[] | undefined;
    /** What the client is shown of each step: the likeliest token alone (the default), or all logits, to choose among. */
    reveal?: 'token' | 'logits' | undefined;
    /**
     * With logits: sample, at this temperature, from 0 to 100. Without it, the likeliest token is taken, unless generation_config.json has
     * tokens drawn.
     */
    temperature?: number | undefined;
    /** Sample among so many of the likeliest tokens. */
    topK?: number | undefined;
    /** Sample among the likeliest tokens that make up this share, from 0 to 1. */
    topP?: number | undefined;
    /** Draw the same numbers every time. Rounding decides a draw that falls between two tokens. */
    seed?: number | undefined;
    /** Do not do what generation_config.json says, but for the ids that end a text. */
    ignoreGenerationConfig?: boolean | undefined;
    /** Gives up this text; the parties go on. */
    signal?: AbortSignal | undefined;
  };

export const PROMPT_FIELDS = {
  ...{
    prompt: anything,
    ids: anything,
    messages: list,
    where: text,
    padTo: whole(),
    maxNewTokens: whole(),
    stop: parts,
    eos: list,
  },
  ...{ reveal: choice('token', 'logits'), temperature: number(0, 100), topK: whole(), topP: number(0, 1) },
  ...{ seed: whole(0), ignoreGenerationConfig: flag, signal },
};
