/**
 * A chat on shares: the parties see neither what is said, nor how much, nor what comes back. Say a line, read the answer; Ctrl-D ends it.
 *
 *     node examples/6-private-chat.mjs
 */
import { createInterface } from 'node:readline';
import { startParties } from 'puma-mpc';

const YOU = 'ROMEO';
const MODEL = 'JULIET';
const ANSWER = { maxNewTokens: 16, stop: ['\n\n'], reveal: 'logits', temperature: 0.7, topP: 0.9 };

/** The talk so far, as a scene. Its oldest turns go once it has more than so many tokens; all of them, if the last alone has more. */
function sceneOf(turns, parties, room) {
  const scene = `${turns.map(({ who, words }) => `${who}:\n${words}\n\n`).join('')}${MODEL}:\n`;
  if (turns.length === 0 || parties.tokenize(scene).length <= room) return scene;
  turns.shift();
  return sceneOf(turns, parties, room);
}

/** Prints what the model says. Padded to the whole room, a long talk looks like a short one. */
async function answer(parties, prompt, room) {
  let words = '';
  for await (const { text } of parties.generate({ prompt, padTo: room, ...ANSWER })) {
    process.stdout.write(text);
    words += text;
  }
  return words.trim();
}

async function chat(parties, lines) {
  // The context has room for the talk and for the answer, whose last token is not read again.
  const room = parties.model.maxTokens - ANSWER.maxNewTokens + 1;
  const turns = [];
  process.stdout.write(`${YOU}: `);
  for await (const line of lines) {
    if (line.trim() !== '') {
      process.stdout.write(`${MODEL}: `);
      turns.push({ who: YOU, words: line.trim() });
      const prompt = sceneOf(turns, parties, room);
      if (turns.length === 0) process.stdout.write('(falls asleep: that was too long)');
      else turns.push({ who: MODEL, words: await answer(parties, prompt, room) });
      process.stdout.write('\n\n');
    }
    process.stdout.write(`${YOU}: `);
  }
  process.stdout.write('\n');
}

const stop = new AbortController();
const { signal } = stop;
process.once('SIGINT', () => stop.abort()); // ends the parties, whatever they do, and removes their files
try {
  const parties = await startParties({ model: 'llama-tiny-shakespeare', signal });
  try {
    await chat(parties, createInterface({ input: process.stdin, signal }));
  } finally {
    await parties.close();
  }
} catch (error) {
  if (!signal.aborted) throw error;
}
