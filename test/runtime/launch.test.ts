/** Parties that misbehave, played by a script in place of the program. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withTempFolder } from '../../src/files/temp.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { modelFor } from '../../src/models/index.ts';
import { LocalParties } from '../../src/runtime/launch.ts';
import { SMALL } from '../commands/world.ts';

/** Party 0 stays silent until it is told to go; the others do as the row says. */
const rows: [what: string, script: string, code: string, message: RegExp][] = [
  ['ends without a word', 'process.exit(0)', 'E_PARTY', /^party [12] ended early \(exit code 0\)$/],
  ['is killed', `process.kill(process.pid, 'SIGKILL')`, 'E_PARTY', /^party [12] was killed \(SIGKILL\)$/],
  ['crashes', `throw new Error('oh no')`, 'E_PARTY', /^party [12] ended early \(exit code 1\)$/],
  [
    'says why it gives up',
    `say({ error: { code: 'E_KEY', message: 'no key', hint: 'find it', exitCode: 2 } }); process.exit(2)`,
    'E_KEY',
    /^party [12]: no key$/,
  ],
  [
    'blames another',
    `say({ error: { code: 'E_PEER', message: 'party 0 hung up', exitCode: 1 } }); process.exit(1)`,
    'E_PARTY',
    /^party [12] ended early \(exit code 1\)$/,
  ],
  [
    'talks nonsense on its standard output',
    `console.log('{"'); console.log('null'); process.exit(3)`,
    'E_PARTY',
    /exit code 3/,
  ],
  [
    'is somebody else',
    `import('node:net').then(({ createServer }) => createServer((s) => s.end('HTTP/1.1 400 Bad Request\\r\\n\\r\\n').on('error', () => {})).listen(value('--sockets') + '/party' + role + '.sock'))`,
    'E_PROTOCOL',
    /^the process at .*party[12]\.sock is not a Puma party of this run$/,
  ],
];

const PRELUDE = `
import { join } from 'node:path';
const value = (name) => process.argv[process.argv.indexOf(name) + 1];
const role = value('--role');
const say = (event) => process.stdout.write(JSON.stringify(event) + '\\n');
process.stdin.on('end', () => process.exit(1)).resume();
`;

test.each(rows)('a party %s', async (_what, script, code, message) => {
  await withTempFolder(async (folder) => {
    const program = join(folder, 'party.mjs');
    await writeFile(program, `${PRELUDE}\nif (role !== '0') { ${script} }`);
    const began = Date.now();
    const model = modelFor(SMALL);
    const options = { folder, shares: folder, model, tableBits: 32, kernels: loadKernels(), program };
    const failure = await LocalParties.start(options).then(
      () => undefined,
      (error) => error,
    );
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(Date.now() - began).toBeLessThan(3000);
  });
});
