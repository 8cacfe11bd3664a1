import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initTRPC, tracked } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { createTocsinClient } from '@tocsin/client';
import { defineCatalog } from '@tocsin/client/catalog';
import { matchesEventType } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { httpDouble, json, errorBody } from './http-double.ts';

const quick = { token: 'tsk_1', retry: { baseDelayMs: 1, maxDelayMs: 5 } };

interface Item {
  readonly id: string;
  readonly appId: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

const item = (n: number, type = 'user.ban'): Item => ({
  id: `evt_${n}`,
  appId: 'app_1',
  type,
  timestamp: '2026-04-10T15:30:00.000Z',
  data: { userId: `u${n}`, username: 'n', reason: 'r', bannedBy: 'b', appId: 'app_1' },
});

/**
 * A real tRPC server whose `events.subscribe` follows a log. The cursor is the position in the log. The
 * server sends the first cursor immediately, as an id without an event, so that no event is lost if the
 * connection breaks before the first one.
 */
async function logServer() {
  const t = initTRPC.create({
    sse: { ping: { enabled: true, intervalMs: 20 }, client: { reconnectAfterInactivityMs: 20_000 } },
  });
  const log: Item[] = [];
  const wakers = new Set<() => void>();
  const connections = new Set<ServerResponse>();
  const inputs: unknown[] = [];
  const input = z.object({
    appId: z.string().optional(),
    types: z.array(z.string()).optional(),
    lastEventId: z.string().optional(),
  });
  const router = t.router({
    events: t.router({
      subscribe: t.procedure.input(input).subscription(async function* ({ input: asked, signal }) {
        inputs.push(asked);
        let next = asked.lastEventId === undefined ? log.length : Number(asked.lastEventId);
        yield tracked(String(next), null);
        for (;;) {
          if (signal?.aborted === true) return;
          const event = log[next];
          if (event === undefined) {
            await new Promise<void>((resolve) => {
              wakers.add(resolve);
              signal?.addEventListener('abort', () => resolve());
            });
            continue;
          }
          next++;
          const isAsked = asked.types?.some((selector) => matchesEventType(selector, event.type));
          if (isAsked !== false) yield tracked(String(next), event);
        }
      }),
    }),
  });
  const handler = createHTTPHandler({ router, basePath: '/trpc/' });
  const server: Server = createServer((request, response) => {
    connections.add(response);
    response.on('close', () => connections.delete(response));
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    inputs,
    connections,
    append(event: Item) {
      log.push(event);
      for (const wake of wakers) wake();
      wakers.clear();
    },
    cut() {
      for (const response of connections) response.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a subscription', () => {
  it('yields events published after its start, typed and with a cursor', async () => {
    await using server = await logServer();
    server.append(item(0));
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const events = tocsin.events.subscribe({ appId: 'app_1', types: ['user.ban'] });
    const first = events.next();
    await expect.poll(() => server.inputs.length).toBe(1);
    server.append(item(1));
    expect((await first).value).toEqual({ ...item(1), cursor: '2' });
    expect(server.inputs).toEqual([{ appId: 'app_1', types: ['user.ban'] }]);
    await tocsin.close();
  });

  it('reports each connection once the server has accepted it, also one without a new position', async () => {
    await using server = await logServer();
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const calls: string[] = [];
    const events = tocsin.events.subscribe(
      { appId: 'app_1' },
      {
        onConnect: () => {
          calls.push('connected');
          throw new Error('ignored');
        },
        onReconnect: () => void calls.push('lost'),
      },
    );
    const first = events.next();
    await expect.poll(() => calls).toEqual(['connected']);
    server.cut();
    await expect.poll(() => calls).toEqual(['connected', 'lost', 'connected']);
    server.append(item(1));
    expect((await first).value).toMatchObject({ id: 'evt_1' });
    await tocsin.close();
  });

  it('resumes from a stored cursor', async () => {
    await using server = await logServer();
    for (let n = 0; n < 5; n++) server.append(item(n));
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const ids: string[] = [];
    for await (const { id } of tocsin.events.subscribe({ after: '2' })) {
      ids.push(id);
      if (ids.length === 3) break;
    }
    expect(ids).toEqual(['evt_2', 'evt_3', 'evt_4']);
    await tocsin.close();
  });

  it('cut 200 times during 5,000 events yields each once and in order', { timeout: 60_000 }, async () => {
    await using server = await logServer();
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const ids: string[] = [];
    let cuts = 0;
    let nextCut = 1;
    const reading = (async () => {
      for await (const { id } of tocsin.events.subscribe()) {
        ids.push(id);
        // Cuts depend on the received events and not on the clock, so each one interrupts a flowing stream.
        if (ids.length >= nextCut && cuts < 200) {
          nextCut = ids.length + 1 + Math.floor(Math.random() * 24);
          cuts++;
          server.cut();
        }
        if (ids.length === 5000) return;
      }
    })();
    // From here on it owes every event.
    await expect.poll(() => server.inputs.length).toBe(1);
    for (let n = 0; n < 5000; n++) {
      server.append(item(n));
      if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await reading;
    expect(cuts).toBe(200);
    expect(ids).toEqual(server.log.map(({ id }) => id));
    await tocsin.close();
  });

  it('loses no event when it is cut before its first one', async () => {
    await using server = await logServer();
    const tocsin = createTocsinClient({
      ...quick,
      url: server.url,
      retry: { baseDelayMs: 100, maxDelayMs: 100 },
    });
    const first = tocsin.events.subscribe().next();
    await expect.poll(() => server.inputs.length).toBe(1);
    await expect.poll(() => server.connections.size).toBe(1);
    server.append(item(0));
    server.cut();
    expect((await first).value).toMatchObject({ id: 'evt_0' });
    await tocsin.close();
  });

  it('reconnects when it receives no data, not even a ping', async () => {
    let connections = 0;
    await using server = await httpDouble((_request, response) => {
      connections++;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: connected\ndata: {"reconnectAfterInactivityMs":50}\n\n');
      if (connections >= 2) response.write(`id: 1\ndata: ${JSON.stringify(item(1))}\n\n`);
    });
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    expect((await tocsin.events.subscribe().next()).value).toMatchObject({ id: 'evt_1' });
    await tocsin.close();
  });

  it('yields unknown types and invalid payloads as unknown', async () => {
    await using server = await logServer();
    server.append(item(0, 'license.moved'));
    server.append({ ...item(1), data: {} });
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const events = tocsin.events.subscribe({ after: '0' });
    expect((await events.next()).value).toMatchObject({
      type: 'unknown',
      eventType: 'license.moved',
      id: 'evt_0',
    });
    expect((await events.next()).value).toMatchObject({
      type: 'unknown',
      eventType: 'user.ban',
      id: 'evt_1',
    });
    await tocsin.close();
  });

  it('yields the events of a catalog as they are on the wire, and others as unknown', async () => {
    await using server = await logServer();
    const schema = z.object({ amount: z.int(), currency: z.string().default('EUR') });
    const acme = defineCatalog({
      'invoice.paid': { description: 'An invoice is paid.', schema, example: { amount: 1 } },
    });
    const own = (n: number, type: string, data: Record<string, unknown>) => ({ ...item(n, type), data });
    server.append(own(0, 'invoice.paid', { amount: 1 }));
    server.append(own(1, 'invoice.paid', { amount: 'x' }));
    server.append(own(2, 'invoice.void', { amount: 2 }));
    const read = async (options: object) => {
      const tocsin = createTocsinClient<typeof acme>({ ...quick, url: server.url, ...options });
      const types: unknown[] = [];
      for await (const { type, data } of tocsin.events.subscribe({ after: '0', types: ['invoice.*'] })) {
        types.push([type, data]);
        if (types.length === 3) break;
      }
      await tocsin.close();
      return types;
    };
    expect(await read({ catalog: acme })).toEqual([
      ['invoice.paid', { amount: 1 }],
      ['unknown', { amount: 'x' }],
      ['unknown', { amount: 2 }],
    ]);
    // Types alone: nothing is validated, and the requested pattern says which events are known.
    expect(await read({})).toEqual([
      ['invoice.paid', { amount: 1 }],
      ['invoice.paid', { amount: 'x' }],
      ['invoice.void', { amount: 2 }],
    ]);
  });

  it('fails if the server rejects it permanently', async () => {
    await using server = await httpDouble((_request, response) =>
      json(response, 403, errorBody('SCOPE_MISSING', 403)),
    );
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    await expect(tocsin.events.subscribe().next()).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
      requestId: 'req-7',
    });
    await tocsin.close();
  });

  it('fails if the server rejects it permanently in the middle of the stream', async () => {
    await using server = await httpDouble((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const { error } = errorBody('UNAUTHENTICATED', 401) as { error: object };
      response.end(`event: serialized-error\ndata: ${JSON.stringify(error)}\n\n`);
    });
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    await expect(tocsin.events.subscribe().next()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      httpStatus: 401,
    });
    await tocsin.close();
  });

  it.each(['the loop is left', 'its signal aborts', 'the client is closed'])(
    'closes its connection when %s',
    async (how) => {
      await using server = await logServer();
      server.append(item(0));
      const tocsin = createTocsinClient({ ...quick, url: server.url });
      const abort = new AbortController();
      for await (const { id } of tocsin.events.subscribe({ after: '0' }, { signal: abort.signal })) {
        expect(id).toBe('evt_0');
        if (how === 'the loop is left') break;
        if (how === 'its signal aborts') abort.abort();
        else await tocsin.close();
      }
      await expect.poll(() => server.connections.size).toBe(0);
      await tocsin.close();
    },
  );

  it('slows the server down if its reader is slow, instead of filling memory', async () => {
    const line = `data: ${JSON.stringify({ ...item(0), data: { pad: 'x'.repeat(50_000) } })}\n`;
    let written = 0;
    let isFull = false;
    await using server = await httpDouble((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = () => {
        while (written < 2000 && response.write(`id: ${++written}\n${line}\n`));
        isFull = written < 2000;
        response.once('drain', more);
      };
      more();
    });
    const tocsin = createTocsinClient({ ...quick, url: server.url });
    const events = tocsin.events.subscribe();
    await events.next();
    let before = -1;
    // Waits until the sender makes no progress, because the buffers of both ends are full.
    await expect.poll(() => before === (before = written), { interval: 100 }).toBe(true);
    expect(isFull).toBe(true);
    expect(written).toBeLessThan(500); // of 2,000 lines, 100 MB
    await events.return(undefined);
    await tocsin.close();
  });
});
