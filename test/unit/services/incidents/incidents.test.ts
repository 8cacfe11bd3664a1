import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { unknownHealth, type EndpointHealth } from '../../../../server/src/domain/endpoint-health.ts';
import { hourMs, toHour, type Incident } from '../../../../server/src/domain/incident.ts';
import type { AuditRecord } from '../../../../server/src/services/audit/audit-log.ts';
import {
  createIncidentViews,
  maxWaiting,
  type IncidentViewsDeps,
} from '../../../../server/src/services/incidents/incident-views.ts';
import {
  createIncidentService,
  type IncidentServiceDeps,
} from '../../../../server/src/services/incidents/incidents.ts';
import { createListUnhealthy } from '../../../../server/src/services/incidents/unhealthy-webhooks.ts';
import { MemoryIncidentStore } from '../../../../server/testing/src/store/incidents/incident-store.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const minute = 60_000;
const day = 24 * hourMs;
const clock = new FakeClock();
const now = clock.now();
const iso = (at: number) => new Date(at).toISOString();

const anIncident = (change: Partial<Incident> = {}): Incident => ({
  id: 'inc_1_timeout',
  webhookId: 'wh_1',
  appId: 'app_a',
  accountId: 'acc_a',
  reason: 'timeout',
  statusCode: null,
  firstSeenAt: now - 3 * hourMs,
  openedAt: now - 2 * hourMs,
  lastSeenAt: now - minute,
  failedAttempts: 5,
  hourly: [
    { at: toHour(now) - hourMs, attempts: 2 },
    { at: toHour(now), attempts: 3 },
  ],
  endsAt: null,
  closedBy: null,
  snoozedUntil: null,
  snoozedByOperator: false,
  note: null,
  ...change,
});

interface SceneOptions {
  readonly incident?: Partial<Incident>;
  readonly webhook?: Parameters<typeof aWebhook>[0] | null;
  readonly health?: EndpointHealth;
  readonly waiting?: number;
  /** Attempts of the account in the last day. */
  readonly attempts?: readonly number[];
}

function aScene({ incident, webhook = {}, health, waiting, attempts = [] }: SceneOptions = {}) {
  const stored = anIncident(incident);
  const incidents = new MemoryIncidentStore({ incidents: new Map([[stored.id, stored]]) });
  const reads: unknown[] = [];
  const found = webhook === null ? [] : [aWebhook({ id: 'wh_1', appId: 'app_a', ...webhook })];
  // `as`: the views read the counts of attempts alone.
  const views = createIncidentViews({
    webhooks: { getMany: () => Promise.resolve(found) },
    health: { get: () => Promise.resolve(new Map(health === undefined ? [] : [['wh_1', health]])) },
    deliveries: {
      countWaitingTo: () => Promise.resolve(new Map(waiting === undefined ? [] : [['wh_1', waiting]])),
    },
    activity: {
      read: (visibility: unknown, since: number) => {
        reads.push([visibility, since]);
        return Promise.resolve(
          attempts.map((count) => ({ accountId: 'acc_a', counts: { attempts: count } })),
        );
      },
    },
    webhookViews: { getUrl: () => 'https://hooks.test/…' },
    clock,
  } as unknown as IncidentViewsDeps);
  const records: AuditRecord[] = [];
  // `as`: the service records alone.
  const service = createIncidentService({
    incidents,
    views,
    access: accessTo({ app_a: 'acc_a', app_b: 'acc_b' }),
    audit: { record: (_actor: unknown, record: AuditRecord) => Promise.resolve(void records.push(record)) },
    clock,
  } as unknown as IncidentServiceDeps);
  return { service, incidents, records, reads, id: stored.id };
}

it('is not found if it ends while it is changed', async () => {
  const { service, incidents, records, id } = aScene();
  incidents.update = () => Promise.resolve(undefined);
  await expect(service.note(rootActor, { id, note: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(records).toEqual([]);
});

const page = { cursor: undefined, limit: 10 };

describe('an incident', () => {
  it('is shown with its webhook, backlog and share of the attempts', async () => {
    const health = { ...unknownHealth, failuresInARow: 3, failingSince: now, lastFailureAt: now };
    const { service, id, reads } = aScene({
      webhook: { description: 'Billing' },
      health,
      waiting: 7,
      attempts: [15, 5],
    });
    const view = await service.get(rootActor, id);
    expect(view).toEqual({
      id,
      webhookId: 'wh_1',
      appId: 'app_a',
      accountId: 'acc_a',
      url: 'https://hooks.test/…',
      description: 'Billing',
      webhookState: 'failing',
      disabledReason: null,
      reason: 'timeout',
      statusCode: null,
      failedAttempts: 5,
      note: null,
      state: 'open',
      firstSeenAt: iso(now - 3 * hourMs),
      openedAt: iso(now - 2 * hourMs),
      lastSeenAt: iso(now - minute),
      closedAt: null,
      closedBy: null,
      snoozedUntil: null,
      hourly: [...Array.from({ length: 22 }, () => 0), 2, 3],
      share: 0.25,
      waiting: 7,
      waitingIsCapped: false,
    });
    expect(reads).toEqual([
      [{ accountId: 'acc_a', appId: undefined, excludedAppIds: [] }, toHour(now) - 23 * hourMs],
    ]);
  });

  it('of a deleted webhook has no state', async () => {
    const { service, id } = aScene({ webhook: null });
    expect(await service.get(rootActor, id)).toMatchObject({
      url: null,
      description: null,
      webhookState: null,
      disabledReason: null,
      waiting: 0,
      share: null,
    });
  });

  it('that is closed says when and by what, and a past snooze is none', async () => {
    const closed = { endsAt: now, closedBy: 'success', snoozedUntil: now } as const;
    const { service, id } = aScene({ incident: closed, webhook: { enabled: false, disabledReason: 'gone' } });
    expect(await service.get(rootActor, id)).toMatchObject({
      state: 'closed',
      closedAt: iso(now),
      closedBy: 'success',
      snoozedUntil: null,
      webhookState: 'disabled',
      disabledReason: 'gone',
    });
  });

  it('whose end is still to come is open', async () => {
    const { service, id } = aScene({
      incident: { endsAt: now + 1, closedBy: 'success', snoozedUntil: now + 1 },
    });
    expect(await service.get(rootActor, id)).toMatchObject({
      state: 'open',
      closedAt: null,
      closedBy: null,
      snoozedUntil: iso(now + 1),
    });
  });

  it('has a bounded backlog, and no more failures than attempts', async () => {
    const { service, id } = aScene({ waiting: maxWaiting, attempts: [1] });
    expect(await service.get(rootActor, id)).toMatchObject({ waitingIsCapped: true, share: 1 });
  });

  it('is missing for another account, and needs its scope', async () => {
    const { service, id } = aScene();
    const hidden = { code: 'NOT_FOUND' };
    await expect(service.get(keyActor('acc_b'), id)).rejects.toMatchObject(hidden);
    await expect(service.get(rootActor, 'inc_none')).rejects.toMatchObject(hidden);
    await expect(service.note(keyActor('acc_b'), { id, note: 'x' })).rejects.toMatchObject(hidden);
    const denied = { code: 'SCOPE_MISSING' };
    await expect(service.get(keyActor('acc_a', ['events:read']), id)).rejects.toMatchObject(denied);
    await expect(
      service.list(keyActor('acc_a', ['events:read']), { state: 'open' }, page),
    ).rejects.toMatchObject(denied);
    await expect(service.count(keyActor('acc_a', ['events:read']), {})).rejects.toMatchObject(denied);
    const reader = keyActor('acc_a', ['deliveries:read']);
    await expect(service.note(reader, { id, note: 'x' })).rejects.toMatchObject(denied);
    await expect(service.snooze(reader, { id, until: null })).rejects.toMatchObject(denied);
    expect(await service.get(reader, id)).toMatchObject({ id });
  });
});

describe('incidents', () => {
  it('are listed and counted for those who may see them', async () => {
    const { service, id } = aScene();
    const list = async (accountId: string, filter = {}) =>
      (await service.list(keyActor(accountId), { state: 'open', ...filter }, page)).items.map(
        (view) => view.id,
      );
    expect(await list('acc_a')).toEqual([id]);
    expect(await list('acc_b')).toEqual([]);
    expect(await list('acc_a', { webhookId: 'wh_2' })).toEqual([]);
    expect(await list('acc_a', { state: 'closed' })).toEqual([]);
    expect(await service.count(keyActor('acc_a'), { appId: 'app_a' })).toMatchObject({ open: 1 });
    expect(await service.count(keyActor('acc_b'), {})).toMatchObject({ open: 0 });
  });

  it('of one account are listed and counted for the operator, and for keys of that account only', async () => {
    const { service, id } = aScene();
    const list = async (actor: Actor, filter: object) =>
      (await service.list(actor, { state: 'open', ...filter }, page)).items.map((view) => view.id);
    expect(await list(rootActor, { accountId: 'acc_a' })).toEqual([id]);
    expect(await list(rootActor, { accountId: 'acc_a', appId: 'app_a' })).toEqual([id]);
    expect(await list(rootActor, { accountId: 'acc_b' })).toEqual([]);
    expect(await service.count(rootActor, { accountId: 'acc_a' })).toMatchObject({ open: 1 });
    expect(await service.count(rootActor, { accountId: 'acc_b' })).toMatchObject({ open: 0 });
    expect(await list(keyActor('acc_a'), { accountId: 'acc_a' })).toEqual([id]);
    const foreign = { accountId: 'acc_b' };
    await expect(list(keyActor('acc_a'), foreign)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(service.count(keyActor('acc_a'), foreign)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(list(rootActor, { ...foreign, appId: 'app_a' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ path: 'accountId', message: 'is acc_b, but the app app_a belongs to acc_a' }],
    });
  });
});

describe('a change of an incident', () => {
  const target = {
    accountId: 'acc_a',
    appId: 'app_a',
    targetId: 'inc_1_timeout',
    details: { webhookId: 'wh_1' },
  };

  it('is stored and recorded: a note', async () => {
    const { service, incidents, records, id } = aScene({ incident: { note: 'Old' } });
    expect(await service.note(keyActor(), { id, note: 'New' })).toMatchObject({ note: 'New' });
    expect(await incidents.get(id)).toMatchObject({ note: 'New', snoozedUntil: null });
    const changes = [{ field: 'note', before: 'Old', after: 'New' }];
    expect(records).toEqual([{ ...target, action: 'incident.noted', changes }]);
  });

  it('is stored and recorded: a snooze and its end', async () => {
    const { service, incidents, records, id } = aScene();
    const until = iso(now + day);
    expect(await service.snooze(keyActor(), { id, until })).toMatchObject({ snoozedUntil: until });
    expect(await incidents.get(id)).toMatchObject({ snoozedByOperator: false });
    expect(await service.snooze(keyActor(), { id, until: null })).toMatchObject({ snoozedUntil: null });
    const action = 'incident.snoozed';
    expect(records).toEqual([
      { ...target, action, changes: [{ field: 'snoozedUntil', before: null, after: until }] },
      { ...target, action, changes: [{ field: 'snoozedUntil', before: until, after: null }] },
    ]);
  });

  it('snoozes for a time that is to come, of at most 30 days', async () => {
    const { service, incidents, id, records } = aScene();
    const snooze = async (at: number) => await service.snooze(rootActor, { id, until: iso(at) });
    await expect(snooze(now)).rejects.toThrow(/^until: .+ is past; give a time/);
    await expect(snooze(now + 30 * day + 1)).rejects.toThrow(/^until: .+ is more than 30 days ahead/);
    expect(records).toEqual([]);
    await snooze(now + 1);
    expect(await incidents.get(id)).toMatchObject({ snoozedByOperator: true });
    await snooze(now + 30 * day);
    expect(records).toHaveLength(2);
  });
});

describe('webhooks that do not work', () => {
  it('of one state are listed in pages, those with the most failures first', async () => {
    const unhealthy = [
      { id: 'wh_1', state: 'failing' as const, disabledBy: null, failuresInARow: 9 },
      { id: 'wh_2', state: 'failing' as const, disabledBy: null, failuresInARow: 10 },
      { id: 'wh_3', state: 'paused' as const, disabledBy: null, failuresInARow: 100 },
      { id: 'wh_4', state: 'failing' as const, disabledBy: null, failuresInARow: 9 },
      { id: 'wh_5', state: 'disabled' as const, disabledBy: 'user' as const, failuresInARow: 0 },
      { id: 'wh_6', state: 'disabled' as const, disabledBy: 'platform' as const, failuresInARow: 7 },
      { id: 'wh_gone', state: 'failing' as const, disabledBy: null, failuresInARow: 1 },
    ];
    const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
    // `as`: the list needs nothing else of the views.
    const list = createListUnhealthy({
      webhooks: {
        getMany: (wanted: readonly string[]) =>
          Promise.resolve(wanted.filter((id) => id !== 'wh_gone').map((id) => aWebhook({ id }))),
      },
      health: { findUnhealthy: () => Promise.resolve({ webhooks: unhealthy, isCapped: false }) },
      deliveries: { countWaitingTo: () => Promise.resolve(new Map([['wh_2', maxWaiting]])) },
      views: {
        getViews: (webhooks: readonly { id: string }[]) =>
          Promise.resolve(webhooks.map(({ id }) => ({ id }))),
      },
      access: accessTo({}),
    } as unknown as Parameters<typeof createListUnhealthy>[0]);
    const first = await list(rootActor, { state: 'failing' }, { cursor: undefined, limit: 2 });
    expect(ids(first.items)).toEqual(['wh_2', 'wh_4']);
    expect(first.items).toMatchObject([
      { waiting: maxWaiting, waitingIsCapped: true },
      { waiting: 0, waitingIsCapped: false },
    ]);
    const second = await list(rootActor, { state: 'failing' }, { cursor: first.nextCursor ?? '', limit: 2 });
    expect(ids(second.items)).toEqual(['wh_1']);
    expect(second.nextCursor).toBeNull();
    const all = { cursor: undefined, limit: 9 };
    const ofPlatform = await list(rootActor, { state: 'disabled', disabledBy: 'platform' }, all);
    expect(ids(ofPlatform.items)).toEqual(['wh_6']);
    expect(ids((await list(rootActor, { state: 'disabled' }, all)).items)).toEqual(['wh_6', 'wh_5']);
    await expect(list(rootActor, { state: 'failing', disabledBy: 'user' }, all)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    const denied = list(keyActor('acc_a', ['events:read']), { state: 'failing' }, page);
    await expect(denied).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
  });
});
