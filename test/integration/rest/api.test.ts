import { beforeAll, describe, expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData as data } from '../../support/publishing.ts';
import { untilDelivery } from '../../support/waits.ts';

const app = useTestApp();
const receiver = useReceiver();
let appId: string;

interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors: readonly { path: string; message: string }[];
}

const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const {
    status,
    json,
    headers: answered,
    text,
  } = await app.rest(method, `/api/v1${path}`, body, { headers });
  return { status, json: json as Record<string, unknown> & Problem, headers: answered, text };
};
/** `as`: the matchers of vitest have the type any. */
const anyText = expect.any(String) as unknown;
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;
const webhook = () => ({ appId, url: receiver.url, events: ['user.login'] });

beforeAll(async () => {
  appId = await app.createApp();
});

describe('a webhook over /api/v1', () => {
  it('is created, read, changed, rotated, tested and deleted', async () => {
    const created = await send('POST', '/webhooks', { ...webhook(), profile: 'standard' });
    expect(created).toMatchObject({ status: 201, json: { profile: 'standard', secret: anyText } });
    const id = String(created.json['id']);
    expect(created.headers.get('location')).toBe(`/api/v1/webhooks/${id}`);
    expect((await send('GET', `/webhooks/${id}`)).json).toMatchObject({ id, events: ['user.login'] });
    expect((await send('PATCH', `/webhooks/${id}`, { description: 'd' })).json).toMatchObject({
      description: 'd',
    });
    expect(await send('POST', `/webhooks/${id}/rotate-secret`, { overlapHours: 1 })).toMatchObject({
      status: 200,
      json: { secret: anyText },
    });
    expect((await send('POST', `/webhooks/${id}/test`)).json).toMatchObject({ delivered: true });
    const list = await send('GET', `/webhooks?appId=${appId}`);
    expect(list.json['items']).toMatchObject([{ id }]);
    expect((await send('DELETE', `/webhooks/${id}`)).json).toEqual({ id, deleted: true });
    expect(await send('GET', `/webhooks/${id}`)).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
  });
});

describe('a change of a webhook over /api/v1', () => {
  let other: () => object;
  beforeAll(async () => {
    const otherApp = await app.createApp();
    other = () => ({ ...webhook(), appId: otherApp });
  });

  it('applies only to the revision that If-Match names', async () => {
    const { json, headers } = await send('POST', '/webhooks', other());
    const path = `/webhooks/${String(json['id'])}`;
    const first = headers.get('etag') ?? '';
    expect(first).toBe(`"${String(json['revision'])}"`);
    expect((await send('GET', path)).headers.get('etag')).toBe(first);
    const changed = await send('PATCH', path, { description: 'one' }, { 'if-match': first });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(first);
    const stale = { status: 412, json: { code: 'REVISION_MISMATCH', errors: [{ path: 'If-Match' }] } };
    expect(await send('PATCH', path, { description: 'two' }, { 'if-match': first })).toMatchObject(stale);
    expect(await send('DELETE', path, undefined, { 'if-match': first })).toMatchObject(stale);
    expect((await send('GET', path)).json).toMatchObject({ description: 'one' });
    expect((await send('DELETE', path, undefined, { 'if-match': '*' })).status).toBe(200);
  });

  it('is made once for each Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const first = await send('POST', '/webhooks', other(), headers);
    expect(await send('POST', '/webhooks', other(), headers)).toMatchObject({
      status: 201,
      json: first.json,
    });
    expect(await send('POST', '/webhooks', { ...other(), description: 'd' }, headers)).toMatchObject({
      status: 409,
      json: { code: 'IDEMPOTENCY_CONFLICT', errors: [{ path: 'Idempotency-Key' }] },
    });
    expect(
      await send('PATCH', `/webhooks/${String(first.json['id'])}`, { description: 'd' }, headers),
    ).toMatchObject({ status: 400, json: { errors: [{ path: 'Idempotency-Key' }] } });
  });
});

describe('an event over /api/v1', () => {
  it('is published, read, explained, and its delivery retried and replayed', async () => {
    const { id: webhookId } = await app.call('webhooks.create', webhook());
    const published = await send('POST', '/events', { appId, event: 'user.login', data });
    expect(published).toMatchObject({ status: 202, json: { deliveries: 1 } });
    const id = String(published.json['id']);
    expect(published.headers.get('location')).toBe(`/api/v1/events/${id}`);
    expect((await send('GET', `/events/${id}`)).json).toMatchObject({ id, event: 'user.login' });
    const delivery = await untilDelivery(app, id, 'delivered');
    expect((await send('GET', `/events/${id}/explain`)).json).toMatchObject({
      verdicts: [{ webhookId, verdict: 'delivered' }],
    });
    expect((await send('GET', `/deliveries/${delivery.id}`)).json).toMatchObject({
      attempts: [{ statusCode: 200 }],
    });
    expect((await send('POST', `/deliveries/${delivery.id}/retry`)).status).toBe(202);
    await app.whenIdle();
    const replay = { webhookId, since: '2026-01-01T00:00:00Z', status: 'delivered' };
    expect(await send('POST', '/replays', { ...replay, dryRun: true })).toMatchObject({
      status: 200,
      json: { jobId: null, count: 1 },
    });
    expect((await send('POST', '/replays', replay)).status).toBe(202);
    expect((await send('GET', `/replays?webhookId=${webhookId}`)).json['items']).toHaveLength(1);
    await app.call('webhooks.delete', { id: webhookId });
  });

  it('of a batch is refused alone, also for a number that no double holds', async () => {
    const event = { appId, event: 'user.login', data };
    const bad = JSON.stringify(event).replace('}}', ',"n":9007199254740993}}');
    const answer = await send(
      'POST',
      '/events/batch',
      `{"events":[${JSON.stringify(event)},${bad},{"type":"user.login"}]}`,
    );
    expect(answer).toMatchObject({
      status: 200,
      json: [
        { ok: true },
        {
          ok: false,
          message: matching(/^data\.n: a 64-bit float cannot hold/),
          errors: [{ path: 'data.n' }],
        },
        { ok: false, message: matching(/type: unknown field; did you mean "event"\?$/) },
      ],
    });
    expect(await send('POST', '/events', bad)).toMatchObject({
      status: 400,
      json: { errors: [{ path: 'data.n' }] },
    });
  });

  it('takes its idempotency key from the header', async () => {
    const event = { appId, event: 'user.login', data };
    const publish = async (key: string, body: object = event) =>
      await send('POST', '/events', body, { 'idempotency-key': key });
    const first = await publish('key-1');
    expect((await publish('"key-1"')).json['id']).toBe(first.json['id']);
    expect((await publish('key-1', { ...event, idempotencyKey: 'key-1' })).json['id']).toBe(first.json['id']);
    expect(await publish('key-1', { ...event, data: { ...data, ip: '::1' } })).toMatchObject({
      status: 409,
      json: { code: 'IDEMPOTENCY_CONFLICT' },
    });
    expect((await publish('key-1', { ...event, idempotencyKey: 'other' })).json.errors).toEqual([
      { path: 'Idempotency-Key', message: 'differs from idempotencyKey of the input; send one of them' },
    ]);
    expect((await publish('a b')).json.errors).toEqual([
      { path: 'Idempotency-Key', message: 'must be 1 to 128 visible ASCII characters' },
    ]);
  });
});

describe('a list over /api/v1', () => {
  it('has pages, with a Link to the next one', async () => {
    for (let n = 0; n < 3; n++) await app.call('events.publish', { appId, event: 'user.login', data });
    const ids: unknown[] = [];
    let next: string | undefined = `/api/v1/events?appId=${appId}&limit=2&event=user.login`;
    while (next !== undefined) {
      const { json, headers, status } = await app.rest('GET', next);
      expect(status).toBe(200);
      const page = json as { items: { id: string }[]; nextCursor: string | null };
      ids.push(...page.items.map(({ id }) => id));
      next = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      expect(next === undefined).toBe(page.nextCursor === null);
    }
    const all = await app.call('events.list', { appId, event: 'user.login', limit: 200 });
    expect(ids).toEqual(all.items.map(({ id }) => id));
  });

  it('reads numbers strictly, and null only where a text cannot be meant', async () => {
    for (const limit of ['0x10', '1e1', '', ' 5', '+5', '05', 'abc']) {
      expect(await send('GET', `/events?limit=${encodeURIComponent(limit)}`)).toMatchObject({
        status: 400,
        json: { errors: [{ path: 'limit', message: 'must be a whole number' }] },
      });
    }
    expect((await send('GET', '/system/stats?hours=24')).status).toBe(200);
    expect((await send('GET', '/system/stats?hours=25')).json.detail).toBe(
      'hours: must be one of 1, 24, 168',
    );
    expect((await send('GET', '/events?cursor=null')).status).toBe(400);
    expect((await send('DELETE', '/event-types/no.such?accountId=null')).status).toBe(404);
  });
});

describe('a wrong request to /api/v1', () => {
  it.each([
    [
      'GET',
      '/deliveries?statuz=failed&webhookId=x',
      undefined,
      400,
      'webhookId: must be wh_ and 12 hex digits; statuz: unknown parameter; did you mean "status"?',
    ],
    [
      'GET',
      '/deliveries?status=a&status=b',
      undefined,
      400,
      'status: is given more than once; it must be one of "pending", "delivered", "failed", "cancelled"',
    ],
    ['GET', '/event-catalog?limit=5', undefined, 400, 'limit: unknown parameter; none is allowed here'],
    ['GET', '/webhooks/wh_1', undefined, 400, 'id: must be wh_ and 12 hex digits'],
    ['GET', '/nonsense', undefined, 404, 'no route GET /api/v1/nonsense'],
    ['GET', '', undefined, 404, 'no route GET /api/v1'],
    [
      'PUT',
      '/webhooks/wh_000000000000',
      {},
      405,
      'Method PUT is not allowed for this path. Allowed: GET, PATCH, DELETE, HEAD',
    ],
    ['POST', '/events', '{"a":', 400, 'the body is not valid JSON'],
    ['POST', '/events', '[]', 400, 'the body must be a JSON object'],
    ['POST', '/events?dryRun=1', {}, 400, 'dryRun: unknown parameter; the input goes into the body'],
    [
      'POST',
      '/keys',
      { scopes: 'x', permissions: [] },
      400,
      'name: is missing; it must be a string; scopes: must be an array, not a string; permissions: unknown field; did you mean "scopes"?',
    ],
    [
      'PATCH',
      '/webhooks/wh_000000000000',
      { id: 'wh_000000000001' },
      400,
      'id: is part of the path; leave it out here',
    ],
    [
      'DELETE',
      '/webhooks/wh_000000000000',
      { force: true },
      400,
      'this method has no body; the input goes into the query',
    ],
    [
      'POST',
      '/deliveries/dlv_01hzy3v9k2m4n6p8q0r2s4t600/retry',
      { force: true },
      400,
      'force: unknown field; known is idempotencyKey',
    ],
    ['GET', '/%ff', undefined, 400, 'the path is not valid'],
  ] as const)('%s %s is answered by problem details', async (...row) => {
    const [method, path, body, status, detail] = row;
    const answer = await send(method, path, body);
    expect([answer.status, answer.json.detail]).toEqual([status, detail]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.json).toMatchObject({
      type: `urn:tocsin:error:${answer.json.code}`,
      status,
      retryable: false,
      requestId: answer.headers.get('x-request-id'),
    });
  });

  it('names the headers that a route does not support or accept', async () => {
    const key = { 'idempotency-key': 'k' };
    expect((await send('GET', '/apps', undefined, { ...key, 'if-match': '"1"' })).json.errors).toEqual([
      { path: 'Idempotency-Key', message: 'this operation does not support the header; leave it out' },
      { path: 'If-Match', message: 'this operation does not support the header; leave it out' },
    ]);
    expect((await send('GET', '/apps', undefined, { accept: 'text/html' })).status).toBe(406);
    expect((await send('GET', '/apps', undefined, { accept: 'text/html, */*;q=0.1' })).status).toBe(200);
    expect((await send('GET', '/apps', undefined, { accept: 'application/json;q=0' })).status).toBe(406);
    expect((await send('POST', '/apps', 'name=x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await send('POST', '/apps', {}, { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await send('POST', '/apps', `{"name":"${'x'.repeat(600_000)}"}`)).json).toMatchObject({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  it('without a credential learns only that, and is not signed in by a cookie', async () => {
    for (const [method, path] of [
      ['GET', '/nonsense'],
      ['PUT', '/webhooks'],
      ['POST', '/apps'],
    ] as const) {
      const headers = { cookie: 'tocsin_session=x' };
      const answer = await app.rest(method, `/api/v1${path}`, undefined, { token: null, headers });
      expect(answer).toMatchObject({ status: 401, json: { code: 'UNAUTHENTICATED' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('that is a delivery of a webhook is refused', async () => {
    const answer = await send('POST', '/events', {}, { 'x-tocsin-delivery': 'x' });
    expect(answer).toMatchObject({ status: 403, json: { code: 'LOOP_DETECTED' } });
  });

  it('beyond the rate limit is told when to retry', async () => {
    const accountId = await app.createAccount();
    const { key } = await app.createKey({ accountId });
    await app.call('accounts.setLimits', { accountId, limits: { callsPerSecond: 1 } });
    const answers = await Promise.all(
      Array.from({ length: 30 }, async () => {
        return await app.rest('GET', '/api/v1/nonsense', undefined, { token: key });
      }),
    );
    const limited = answers.find(({ status }) => status === 429);
    expect(limited).toMatchObject({ json: { code: 'RATE_LIMITED', retryable: true } });
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

it('HEAD works where GET does', async () => {
  const { status, text } = await send('HEAD', '/apps');
  expect([status, text]).toEqual([200, '']);
});
