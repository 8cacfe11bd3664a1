import type { OperationalEvents } from '@tocsin/client/schemas';
import { operationalCatalog } from '@tocsin/client/schemas';
import { verify } from '@tocsin/client/receiver';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useMailServer, useReceiver, useTestApp } from '../../support/fixtures.ts';
import { subscribe } from '../../support/publishing.ts';

/*
 * Endpoints fail by what is stored of their health. Everything after that is real: the monitor, the events to the
 * operator's app, chat services, a mail server.
 */

const minute = 60_000;
const clock = new FakeClock(Date.now());
const mail = useMailServer();
const receiver = useReceiver({
  // Slack answers `ok` to a message that it posted.
  answer: ({ path }) => (path.startsWith('/slack') ? { status: 200, body: 'ok' } : 200),
});
const app = useTestApp(() => ({
  clock,
  monitorEveryMs: 20,
  env: {
    OPERATIONAL_APP: 'app_ops',
    ACCOUNT_ALERTS: 'true',
    SMTP_URL: mail.url,
    SMTP_FROM: 'Tocsin <alerts@example.com>',
    SMTP_TLS: 'off',
    RETRY_SCHEDULE: '1h',
  },
}));

let opsSecret = '';

beforeAll(async () => {
  await app.createApp({ id: 'app_ops' });
  const input = {
    appId: 'app_ops',
    url: `${receiver.origin}/ops`,
    events: ['endpoint.*', 'delivery.*', 'secret.*'],
  };
  opsSecret = (await app.call('webhooks.create', input)).secret;
});

async function setHealth(webhookId: string, change: Readonly<Record<string, unknown>>): Promise<void> {
  const { appId } = await app.call('webhooks.get', { id: webhookId });
  const health = app.db.collection<{ _id: string }>('endpoint_health');
  const { accountId } = await app.call('apps.get', { id: appId });
  await health.updateOne({ _id: webhookId }, { $set: { appId, accountId, ...change } }, { upsert: true });
}

const fail = async (webhookId: string, failuresInARow = 3) =>
  await setHealth(webhookId, {
    failuresInARow,
    failingSince: new Date(clock.now()),
    lastFailureAt: new Date(clock.now()),
    lastFailureReason: 'timeout',
    lastSuccessAt: null,
  });

const succeed = async (webhookId: string) =>
  await setHealth(webhookId, { failuresInARow: 0, failingSince: null, lastSuccessAt: new Date(clock.now()) });

/** The operational events about a webhook, in the order of arrival. */
async function operationalEvents(webhookId: string, count: number) {
  const requests = await receiver.waitFor(count, {
    where: ({ path, text }) => path === '/ops' && text.includes(webhookId),
  });
  return await Promise.all(
    requests.map(async ({ headers, body }) => {
      const request = { headers: headers as Record<string, string>, body };
      return await verify(request, {
        profile: 'standard',
        secret: opsSecret,
        catalog: operationalCatalog,
        now: () => Number(headers['webhook-timestamp']) * 1_000,
      });
    }),
  );
}

const history = async () => (await app.call('alerts.history', { limit: 200 })).items;

async function untilMessage(
  about: string,
  fields: Partial<Record<keyof OutputOf<'alerts.history'>['items'][number], unknown>>,
) {
  const find = async () =>
    (await history()).filter(({ targets }) => targets.some(({ webhookId }) => webhookId === about));
  await expect.poll(find).toEqual(expect.arrayContaining([expect.objectContaining(fields)]));
}

describe('operational events', () => {
  it('tell the operator once that an endpoint fails, and that it recovered', async () => {
    const { webhookId } = await subscribe(app, 'http://127.0.0.1:9/dead');
    await fail(webhookId);
    clock.advance(2 * minute);
    const [failing] = await operationalEvents(webhookId, 1);
    if (failing?.type !== 'endpoint.failing') throw new Error(`unexpected ${failing?.type}`);
    const data: OperationalEvents['endpoint.failing']['output'] = failing.data;
    expect(data).toMatchObject({ webhookId, host: '127.0.0.1:9', failuresInARow: 3, reason: 'timeout' });
    clock.advance(minute);
    await succeed(webhookId);
    const events = await operationalEvents(webhookId, 2);
    expect(events.map(({ type }) => type)).toEqual(['endpoint.failing', 'endpoint.recovered']);
    const stored = await app.call('events.list', { appId: 'app_ops' });
    expect(stored.items.filter(({ data: of }) => of['webhookId'] === webhookId)).toHaveLength(2);
  });

  it('count the deliveries that failed for good in five minutes, and warn of secrets that end', async () => {
    const { appId, webhookId } = await subscribe(app, 'http://127.0.0.1:9/dead');
    const failed = Array.from({ length: 3 }, (_, index) => ({
      _id: `dlv_${'0'.repeat(23)}${index}00`,
      appId,
      webhookId,
      accountId: 'acc_default',
      eventId: 'evt_1',
      type: 'user.login',
      status: 'failed',
      attempts: [],
      attemptCount: 1,
      rev: 1,
      at: new Date(clock.now()),
      finishedAt: new Date(clock.now()),
    }));
    await app.db.collection<(typeof failed)[number]>('deliveries').insertMany(failed);
    clock.advance(7 * minute);
    const [exhausted] = await operationalEvents(webhookId, 1);
    expect(exhausted).toMatchObject({ type: 'delivery.exhausted', data: { count: 3, isLowerBound: false } });
    await app.call('webhooks.rotateSecret', { id: webhookId, overlapHours: 7 });
    clock.advance(61 * minute);
    const [, expiring] = await operationalEvents(webhookId, 2);
    expect(expiring).toMatchObject({ type: 'secret.expiring', data: { kind: 'previous_secret' } });
  });

  it('are never about the app that gets them', async () => {
    const { webhookId } = await subscribe(app, 'http://127.0.0.1:9/dead', { appId: 'app_ops' });
    const { webhookId: other } = await subscribe(app, 'http://127.0.0.1:9/dead');
    for (const id of [webhookId, other]) await fail(id);
    clock.advance(2 * minute);
    await operationalEvents(other, 1);
    const watches = app.db.collection<{ _id: string }>('endpoint_watches');
    await expect.poll(() => watches.findOne({ _id: webhookId })).toMatchObject({ state: 'failing' });
    expect(receiver.requests.filter(({ text }) => text.includes(webhookId))).toEqual([]);
  });
});

describe('alerts', () => {
  it('reach chat, e-mail and a webhook once, and say when they are over', async () => {
    const slack = await app.call('alertChannels.create', {
      name: 'Chat',
      kind: 'slack',
      target: `${receiver.origin}/slack`,
    });
    const email = await app.call('alertChannels.create', {
      name: 'Mail',
      kind: 'email',
      target: 'ops@example.com',
    });
    const hook = await app.call('alertChannels.create', {
      name: 'Pager',
      kind: 'webhook',
      target: `${receiver.origin}/pager?token=0123456789abcdef0123`,
    });
    expect(hook.target).not.toContain('0123456789');
    expect([slack.secret, email.secret]).toEqual([null, null]);
    await app.call('alertRules.create', {
      name: 'Ten minutes',
      kind: 'failing',
      channelIds: [slack.id, email.id, hook.id],
    });
    const { webhookId } = await subscribe(app, 'http://customer.example/dead');
    await fail(webhookId);
    clock.advance(11 * minute);
    for (const channelKind of ['slack', 'email', 'webhook']) {
      await untilMessage(webhookId, {
        kind: 'opened',
        alert: 'failing',
        channelKind,
        status: 'sent',
        tries: 1,
      });
    }
    const isAbout = ({ text }: { readonly text: string }) => text.includes(webhookId);
    const [message] = receiver.requests.filter((request) => request.path === '/slack' && isAbout(request));
    expect(message?.text).toContain('customer.example');
    expect(message?.text).toContain('Ten minutes');
    expect(mail.mails.filter(isAbout)).toMatchObject([
      {
        to: ['ops@example.com'],
        text: expect.stringContaining('From: Tocsin <alerts@example.com>') as string,
      },
    ]);
    const [signed] = receiver.requests.filter(
      (request) => request.path.startsWith('/pager') && isAbout(request),
    );
    const verified = await verify(
      { headers: (signed?.headers ?? {}) as Record<string, string>, body: signed?.body ?? '' },
      { profile: 'standard', secret: hook.secret ?? '', now: () => clock.now() },
    );
    expect(verified.type).toBe('unknown');
    expect(signed?.text).toMatch(/^\{"type":"alert\.opened","timestamp":"/);

    await succeed(webhookId);
    for (const channelKind of ['slack', 'email', 'webhook']) {
      await untilMessage(webhookId, { kind: 'resolved', channelKind, status: 'sent' });
    }
    const about = (await history()).filter(({ targets }) =>
      targets.some((target) => target.webhookId === webhookId),
    );
    expect(about).toHaveLength(6);
  });

  it('are sent again with a growing delay, and their failure is visible', async () => {
    const channel = await app.call('alertChannels.create', {
      name: 'Broken',
      kind: 'email',
      target: 'b@example.com',
    });
    await app.call('alertRules.create', { name: 'Paused', kind: 'paused', channelIds: [channel.id] });
    mail.rejectWith('mailbox is full');
    const { webhookId } = await subscribe(app, 'http://127.0.0.1:9/dead');
    await fail(webhookId, 20);
    await setHealth(webhookId, { failingSince: new Date(clock.now() - minute) });
    clock.advance(6 * minute);
    await untilMessage(webhookId, { channelId: channel.id, status: 'waiting', tries: 1 });
    const [first] = (await history()).filter(({ channelId }) => channelId === channel.id);
    expect(first?.error).toContain('mailbox is full');
    expect(Date.parse(first?.nextAt ?? '')).toBe(clock.now() + 10_000);
    clock.advance(10_000);
    await untilMessage(webhookId, { channelId: channel.id, status: 'waiting', tries: 2 });
    mail.rejectWith(undefined);
    clock.advance(minute);
    await untilMessage(webhookId, { channelId: channel.id, status: 'sent', tries: 3, error: null });
  });

  it('of an account are about its own webhooks, and its channels take no others', async () => {
    const accountId = await app.createAccount();
    const { key: token } = await app.createKey({ accountId });
    const input = { name: 'Ours', kind: 'webhook', target: `${receiver.origin}/ours` };
    const channel = await app.call('alertChannels.create', input, { token });
    expect(channel.accountId).toBe(accountId);
    const rule = { name: 'Ours', kind: 'failing', channelIds: [channel.id] };
    await app.call('alertRules.create', rule, { token });
    const foreign = await app.trpc('alertRules.create', rule);
    expect(foreign.error?.message).toContain('channelIds');
    const lag = await app.trpc('alertRules.create', { ...rule, kind: 'lag' }, { token });
    expect(lag.error?.message).toContain('only the operator');
    const appId = await app.createApp({ accountId });
    const ours = await subscribe(app, 'http://127.0.0.1:9/ours', { appId });
    const theirs = await subscribe(app, 'http://127.0.0.1:9/theirs');
    for (const { webhookId } of [ours, theirs]) await fail(webhookId);
    clock.advance(11 * minute);
    await receiver.waitFor(1, { where: ({ path }) => path === '/ours' });
    const bodies = receiver.requests.filter(({ path }) => path === '/ours').map(({ text }) => text);
    expect(bodies.join()).toContain(ours.webhookId);
    expect(bodies.join()).not.toContain(theirs.webhookId);
    expect((await app.call('alerts.history', {}, { token })).items.map(({ accountId: of }) => of)).toEqual([
      accountId,
    ]);
  });

  it('a channel is tested at once, and an error of the receiver is shown', async () => {
    const channel = await app.call('alertChannels.create', {
      name: 'Teams',
      kind: 'teams',
      target: `${receiver.origin}/teams`,
    });
    expect(await app.call('alertChannels.test', { id: channel.id })).toMatchObject({
      delivered: true,
      error: null,
    });
    clock.advance(1_000);
    await app.call('alertChannels.update', { id: channel.id, target: 'http://127.0.0.1:9/dead' });
    const failed = await app.call('alertChannels.test', { id: channel.id });
    expect(failed).toMatchObject({ delivered: false, error: 'the connection was refused' });
    const tests = (await history()).filter(({ channelId }) => channelId === channel.id);
    expect(tests.map(({ kind, status }) => [kind, status])).toEqual([
      ['test', 'failed'],
      ['test', 'sent'],
    ]);
    const noAddress = await app.trpc('alertChannels.create', {
      name: 'X',
      kind: 'email',
      target: receiver.url,
    });
    expect(noAddress.error?.message).toContain('must be an e-mail address');
  });
});
