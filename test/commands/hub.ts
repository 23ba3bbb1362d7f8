/** A hub on this machine: the few requests that fetching a model takes, over real sockets. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export const REVISION = '0123456789abcdef0123456789abcdef01234567';

export type FakeHub = {
  url(): string;
  /** What the repository ORG/NAME holds. Files of more than 1000 bytes count as large. */
  files: Map<string, Uint8Array>;
  /** What goes wrong from now on; nothing again before each test. */
  trouble: {
    /** A file whose download ends half-way, never ends, comes with a wrong byte, or fails. */
    cut?: string;
    stall?: string;
    damage?: string;
    fail?: string;
    /** Everything is answered with this status. */
    status?: number;
    /** Needs this token. */
    token?: string;
    /** The answer about the repository. */
    answer?: string;
  };
  /** Paths that were asked for, and whether with a token. */
  asked: string[];
};

/** A hub for the tests of a file. */
export function fakeHub(files: Record<string, Uint8Array>): FakeHub {
  let server: Server;
  const hub: FakeHub = {
    url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: new Map(Object.entries(files)),
    trouble: {},
    asked: [],
  };
  beforeAll(async () => {
    server = createServer((request, response) => answer(hub, request, response));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  });
  beforeEach(() => {
    hub.trouble = {};
    hub.asked = [];
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return hub;
}

function answer(hub: FakeHub, request: IncomingMessage, response: ServerResponse): unknown {
  const { pathname } = new URL(request.url!, 'http://hub');
  hub.asked.push(pathname);
  const { status, token, answer: lie } = hub.trouble;
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end();
  if (status !== undefined) return response.writeHead(status).end();
  const json = (value: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  if (pathname === '/api/models/org/name/revision/main') {
    return lie === undefined ? json({ _id: '1', id: 'org/name', sha: REVISION }) : response.end(lie);
  }
  if (pathname === `/api/models/org/name/tree/${REVISION}`) return json([...hub.files].map(entry));
  const name = pathname.replace(`/org/name/resolve/${REVISION}/`, '');
  const bytes = hub.files.get(name);
  if (bytes) return sendFile(hub, name, bytes, request, response);
  return response.writeHead(404).end();
}

function entry([path, bytes]: [string, Uint8Array]) {
  const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  const lfs = { oid: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, pointerSize: 130 };
  return { type: 'file', path, size: bytes.length, oid, ...(bytes.length > 1000 && { lfs }) };
}

function sendFile(
  { trouble }: FakeHub,
  name: string,
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (request.headers.range) {
    const headers = { 'content-range': `bytes 0-0/${bytes.length}`, etag: '"x"' };
    return response.writeHead(206, headers).end(bytes.subarray(0, 1));
  }
  if (name === trouble.fail) return response.writeHead(503).end();
  response.writeHead(200, { 'content-length': bytes.length });
  if (name === trouble.damage) return response.end(bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte)));
  if (name !== trouble.cut && name !== trouble.stall) return response.end(bytes);
  return response.write(bytes.subarray(0, bytes.length / 2), () => name === trouble.cut && response.destroy());
}
