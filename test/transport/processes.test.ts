import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start, translate } from './children.ts';
import { scratch, until } from './pairs.ts';

/** Every end sends its name to all others and prints what it received; or does as it is told. */
const SCRIPT = `
import { openMesh } from './transport/mesh.js';
import { localAddresses, nameOf } from './transport/address.js';
const [who, folder, runId, then] = process.argv.slice(2);
const me = who === 'client' ? who : Number(who);
const label = (from, to) => (from + '>' + to).padEnd(12);
let mesh;
try {
  mesh = await openMesh({ me, runId, addresses: await localAddresses(folder), deadlineMs: 20_000 });
  if (then === 'wait') console.log('ready');
  if (then === 'fail') throw new Error('the disk is full');
  for (const [other, link] of mesh.links) link.send(label(me, other), Buffer.from(nameOf(me)), new Uint8Array(3e5));
  const words = [];
  for (const [other, link] of mesh.links) {
    const payload = Buffer.from(await link.receive(label(other, me)));
    words.push(payload.toString('utf8', 0, payload.length - 3e5));
  }
  if (then === 'wait') await mesh.links.get(2).receive('never.......');
  console.log(words.join(', '));
  await mesh.close();
} catch (error) {
  console.log(error.message);
  for (const link of mesh?.links.values() ?? []) link.destroy(error);
  for (const link of mesh?.links.values() ?? []) await link.close();
  process.exitCode = 1;
}
`;

let place: Awaited<ReturnType<typeof scratch>>;

beforeAll(async () => {
  place = await scratch();
  await translate(place.folder, SCRIPT);
});

afterAll(() => place.remove());

async function socketFolder(name: string): Promise<string> {
  const folder = join(place.folder, name);
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

test('four processes, started in any order, find each other and part in order', async () => {
  const folder = await socketFolder('a');
  const children = ['client', '2', '0', '1'].map((who) => start(place.folder, who, folder, 'a1'));
  expect(await Promise.all(children.map((child) => child.exit))).toEqual([0, 0, 0, 0]);
  expect(children.map((child) => child.output())).toEqual([
    'party 0, party 1, party 2\n',
    'party 0, party 1, client\n',
    'party 1, party 2, client\n',
    'party 0, party 2, client\n',
  ]);
  expect(await readdir(folder)).toEqual([]);
});

test('a killed party is missed by name', async () => {
  const folder = await socketFolder('b');
  const children = ['0', '1', '2', 'client'].map((who) => start(place.folder, who, folder, 'b2', 'wait'));
  await until(() => children.every((child) => child.output().startsWith('ready')));
  children[2]!.process.kill('SIGKILL');
  const exits = await Promise.all(children.map((child) => child.exit));
  expect(exits).toEqual([1, 1, 'SIGKILL', 1]);
  for (const i of [0, 1, 3]) expect(children[i]!.output()).toMatch(/party 2 hung up\n$/);
});

test('a party that gives up tells all others why', async () => {
  const folder = await socketFolder('c');
  const children = ['0', '1', 'client'].map((who) => start(place.folder, who, folder, 'c3', 'wait'));
  const failing = start(place.folder, '2', folder, 'c3', 'fail');
  expect(await failing.exit).toBe(1);
  expect(await Promise.all(children.map((child) => child.exit))).toEqual([1, 1, 1]);
  for (const child of children) expect(child.output()).toMatch(/party 2 stopped: the disk is full\n$/);
  expect(await readdir(folder)).toEqual([]);
});
