import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../server/src/telemetry/log.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { useTestApp } from '../../support/fixtures.ts';

const app = useTestApp();

const json = 'content-type: application/json';
const limit = 512 * 1024;

/** Paths that accept a body, and one that does not exist. */
const paths = [
  '/v1/apps/app_x/events',
  '/v1/apps/app_x/webhooks',
  '/v1/admin/apps/app_x/webhooks',
  '/trpc/events.publish',
  '/trpc/apps.create,keys.create?batch=1',
  '/trpc/no.such',
  '/nothing',
  '/v1/nothing',
];

async function open({ url }: Pick<TestApp, 'url'>): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  return socket.setEncoding('utf8');
}

const head = (path: string, ...headers: string[]) =>
  [`POST ${path} HTTP/1.1`, 'host: x', ...headers, '', ''].join('\r\n');
const bearer = () => `authorization: Bearer ${app.rootToken}`;

/** Sends the head and the first bytes of a body that never ends. Resolves with all that comes back. */
async function send(text: string): Promise<{ status: number; text: string }> {
  const socket = await open(app);
  let received = '';
  socket.on('data', (chunk: string) => (received += chunk));
  socket.write(text);
  await once(socket, 'close');
  return { status: Number(received.split(' ', 2)[1]), text: received };
}

describe('a body of a caller who is not authenticated', () => {
  it.each(paths)('is not awaited by %s, and the connection is closed', async (path) => {
    const { status, text } = await send(`${head(path, json, 'content-length: 500000')}{`);
    expect(status).toBe(path.includes('nothing') ? 404 : 401);
    expect(text).toMatch(/connection: close/i);
  });

  it.each(paths)('is not asked for by %s', async (path) => {
    const { text } = await send(head(path, json, 'content-length: 5000', 'expect: 100-continue'));
    expect(text).not.toContain('100 Continue');
  });

  it('is limited to 4 KiB where it signs in', async () => {
    const declared = await send(head('/session', json, 'content-length: 4097'));
    const chunked = await send(
      `${head('/session', json, 'transfer-encoding: chunked')}1001\r\n${'x'.repeat(4097)}`,
    );
    expect([declared.status, chunked.status]).toEqual([413, 413]);
  });
});

describe('a body that is not plain JSON', () => {
  const types = [
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/x-www-form-urlencoded',
    'text/plain',
    'text/event-stream',
    'application/jsonl',
    'nonsense',
  ];
  const known = paths.filter((path) => !path.includes('nothing'));

  it.each(known.flatMap((path) => types.map((type) => [path, type] as const)))(
    'is refused unread by %s: %s',
    async (path, type) => {
      const given = [bearer(), `content-type: ${type}`, 'transfer-encoding: chunked'];
      const { status, text } = await send(`${head(path, ...given)}1\r\nx\r\n`);
      // The app of the REST paths does not exist, which is checked first.
      const expected = path.startsWith('/v1/') ? 403 : 400;
      expect([status, /connection: close/i.test(text)]).toEqual([expected, true]);
    },
  );

  it('is refused unread by the routes of an app', async () => {
    const appId = await app.createApp();
    for (const path of ['events', 'webhooks']) {
      const given = [bearer(), 'content-type: text/plain', 'content-length: 100'];
      expect((await send(head(`/v1/apps/${appId}/${path}`, ...given))).status).toBe(400);
    }
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])(
    'is refused unread if it is compressed: %s',
    async (encoding) => {
      const given = [bearer(), json, `content-encoding: ${encoding}`, 'transfer-encoding: chunked'];
      expect((await send(head('/trpc/apps.create', ...given))).status).toBe(400);
    },
  );

  it('is refused unread if it has no content type', async () => {
    expect((await send(head('/trpc/apps.create', bearer(), 'content-length: 1000'))).status).toBe(400);
  });
});

describe('a body above the limit', () => {
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;

  it('is refused unread if it declares its length', async () => {
    const given = [bearer(), json, `content-length: ${limit + 1}`, 'expect: 100-continue'];
    const { status, text } = await send(head('/trpc/apps.create', ...given));
    expect([status, text.includes('100 Continue')]).toEqual([413, false]);
  });

  it('is refused as soon as it exceeds the limit if it does not', async () => {
    const { status } = await send(
      head('/trpc/apps.create', bearer(), json, 'transfer-encoding: chunked') + chunk.repeat(9),
    );
    expect(status).toBe(413);
  });
});

describe('a body within the limit', () => {
  it('arrives whole in chunks of one byte', async () => {
    const name = 'é'.repeat(60);
    const bytes = [...Buffer.from(JSON.stringify({ name }))];
    const socket = await open(app);
    socket.write(head('/trpc/apps.create', bearer(), json, 'transfer-encoding: chunked'));
    for (const byte of bytes) socket.write(Buffer.from([...Buffer.from('1\r\n'), byte, 13, 10]));
    socket.write('0\r\n\r\n');
    const [text] = (await once(socket, 'data')) as [string];
    expect(text).toContain(`"name":"${name}"`);
    socket.destroy();
  });

  it('is asked for once the caller is authenticated', async () => {
    const body = JSON.stringify({ name: 'An app' });
    const socket = await open(app);
    const given = [bearer(), json, `content-length: ${body.length}`, 'expect: 100-continue'];
    socket.write(head('/trpc/apps.create', ...given));
    expect(await once(socket, 'data')).toEqual(['HTTP/1.1 100 Continue\r\n\r\n']);
    socket.write(body);
    expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 OK/);
    socket.destroy();
  });
});

it('a caller who hangs up in the middle of anything raises no warning', async () => {
  const lines: string[] = [];
  const log = createLog('debug', { destination: { write: (line) => void lines.push(line) } });
  await using quiet = await startTestApp({ log, env: { ALLOW_PRIVATE_TARGETS: 'false' } });
  const texts = [
    'GET / HT',
    'NOT HTTP\r\n\r\n',
    ...['/session', ...paths].flatMap((path) => [
      `${head(path, json, 'content-length: 100')}{`,
      `${head(path, json, 'transfer-encoding: chunked')}zz\r\n`,
      `${head(path, `authorization: Bearer ${quiet.rootToken}`, json, 'content-length: 100')}{`,
      head(path, `authorization: Bearer ${quiet.rootToken}`, 'content-type: text/plain', 'content-length: 9'),
    ]),
    `GET /trpc/apps.list HTTP/1.1\r\nhost: [\r\nauthorization: Bearer ${quiet.rootToken}\r\n\r\n`,
    `GET /docs/static/%00 HTTP/1.1\r\nhost: x\r\n\r\n`,
  ];
  for (const text of texts) {
    for (const hangUp of ['destroy', 'resetAndDestroy'] as const) {
      const socket = await open(quiet);
      socket.write(text);
      await new Promise((resolve) => socket.write('', resolve));
      socket[hangUp]();
    }
  }
  const refused = async () => {
    const { text } = await quiet.rest('GET', '/metrics');
    return Number(/closed_total\{cause="aborted"\} (\d+)/.exec(text)?.[1]);
  };
  await expect.poll(refused).toBeGreaterThan(10);
  expect(lines.filter((line) => Number(/"level":(\d+)/.exec(line)?.[1]) >= 40)).toEqual([]);
});
