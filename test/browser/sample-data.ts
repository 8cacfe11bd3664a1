import { setTimeout as sleep } from 'node:timers/promises';
import { getEventDefinition, type EventType } from '@tocsin/shared';
import { Receiver, type ReceivedRequest } from '../support/receiver.ts';
import type { Stage } from './stage.ts';

/** One day of data of a small license business, for looking at the pages. */
export interface SampleData extends AsyncDisposable {
  readonly shop: string;
  readonly healthy: string;
  readonly failing: string;
  /** An event with different verdicts. */
  readonly mixedEvent: string;
  /** A delivery with several failed attempts. */
  readonly failedDelivery: string;
  /** Realistic URLs to show in pictures instead of the loopback URLs of the receivers. */
  readonly shownAs: readonly (readonly [address: string, shown: string])[];
}

/** Results are recorded within a few milliseconds of the response. */
const recordMs = 60;

/** How long ago the day begins. */
export const dayMs = 22 * 60 * 60_000;

const down = {
  status: 503,
  headers: { 'content-type': 'application/json' },
  body: '{"error":"database_unavailable","message":"remaining connection slots are reserved","retry":true}',
};

const wrongTenant = {
  status: 404,
  headers: { 'content-type': 'text/plain' },
  body: 'no such tenant: loader-eu (was it moved to loader-eu2?)\n',
};

export interface SampleDataOptions {
  /** How many times events are published during the day. More give a better chart and take longer. */
  readonly steps: number;
  /** How many events there are, as a multiple of a usual day. @default 1 */
  readonly traffic?: number;
}

export async function createSampleData(
  stage: Stage,
  { steps, traffic = 1 }: SampleDataOptions,
): Promise<SampleData> {
  const stepMs = dayMs / steps;
  // The billing endpoint starts to fail late in the day.
  const outageFrom = Math.floor(steps * 0.82);
  const { app, clock } = stage;
  const good = await Receiver.start({ answer: { status: 200, body: '{"received":true}' } });
  const billing = await Receiver.start({ answer: { status: 200, body: '{"ok":true}' } });
  const metered = await Receiver.start({ answer: { status: 200, body: '' } });
  const shop = 'app_loader';
  await app.call('apps.create', { id: shop, name: 'Loader' });
  await app.call('apps.create', { id: '550e8400-e29b-41d4-a716-446655440000', name: 'Launcher' });
  await app.call('apps.create', { id: 'app_storefront', name: 'Storefront' });
  const create = async (input: object) => (await app.call('webhooks.create', { appId: shop, ...input })).id;
  const healthy = await create({
    url: `${good.origin}/hooks/licensing`,
    events: [
      'license.activate',
      'license.expire',
      'user.register',
      'user.ban',
      'license.created',
      'license.revoked',
    ],
    description: 'Licensing backend',
    headers: { 'X-Env': 'production', Authorization: 'Bearer 8fd1c0' },
  });
  const failing = await create({
    url: `${billing.origin}/v2/events`,
    events: ['user.ban', 'license.revoked', 'user.register', 'license.created'],
    profile: 'authforge',
    description: 'Billing sync',
  });
  await create({
    url: `${good.origin}/api/webhooks/1234567890/discord`,
    events: ['user.ban', 'user.login'],
    format: 'discord',
    description: '#moderation on Discord',
  });
  await create({
    url: `${good.origin}/v1/receiver`,
    events: ['user.login', 'user.ban'],
    enabled: false,
  });
  await create({
    url: `${metered.origin}/metering`,
    events: ['file.download', 'session.create'],
  });
  await app.call('webhooks.create', {
    appId: 'app_storefront',
    url: `${good.origin}/storefront`,
    events: ['license.created', 'license.activated'],
    profile: 'authforge',
  });

  // One delivery whose attempts all fail, at the start of the day.
  const { id: unlucky } = await app.call('events.publish', exampleEvent(shop, 'file.download', 1));
  const isUnlucky = ({ headers }: ReceivedRequest) => headers['webhook-id'] === unlucky;
  metered.answerWith((request) => (isUnlucky(request) ? wrongTenant : { status: 200, body: '' }));
  const findUnlucky = async () => (await app.call('deliveries.list', { eventId: unlucky })).items[0];
  const received = () =>
    good.requests.length +
    billing.requests.length +
    metered.requests.filter((request) => !isUnlucky(request)).length;
  let expected = received();
  for (let step = 0; step < steps; step++) {
    if (step === outageFrom) {
      // The last attempt is due once this one is recorded and the clock has moved.
      await until(async () => (await findUnlucky())?.attemptCount === 2, 10_000);
      billing.answerWith(down);
    }
    const usual = 4 + Math.round(12 * (1 + Math.sin((step / steps) * 7)) + (step % 5) * 2);
    const events = Array.from({ length: Math.ceil(usual * traffic) }, (_, index) =>
      exampleEvent(shop, mix[(step * 7 + index * 3) % mix.length] ?? 'user.login', index),
    );
    if (step % 4 === 0) events.push(exampleEvent('app_storefront', 'license.created', step));
    const results = await app.call('events.publishMany', { events });
    for (const result of results) if (result.ok) expected += result.deliveries;
    // Wait until the results are stored, so that they count for the current hour. Skips paused deliveries.
    await until(() => received() >= expected, step < outageFrom ? 3_000 : 200);
    await sleep(recordMs);
    clock.forward(stepMs);
  }
  const { id: mixedEvent } = await app.call('events.publish', exampleEvent(shop, 'user.ban', 7));
  await app.call('webhooks.test', { id: healthy });
  await until(async () => (await findUnlucky())?.status === 'failed', 10_000);

  await app.call('keys.create', { name: 'Licensing backend', scopes: ['events:publish'] });
  await app.call('keys.create', {
    name: 'Support desk',
    scopes: ['webhooks:read', 'events:read', 'deliveries:read'],
    expiresAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
  });
  const lastYears = await app.call('keys.create', { name: 'CI of last year', scopes: ['*'] });
  await app.call('keys.revoke', { id: lastYears.id });

  return {
    shop,
    healthy,
    failing,
    mixedEvent,
    failedDelivery: (await findUnlucky())?.id ?? '',
    shownAs: [
      [`${good.origin}/hooks/licensing`, 'https://api.loader.example/hooks/licensing'],
      [`${billing.origin}/v2/events`, 'https://billing.loader.example/v2/events'],
      [
        `${good.origin}/api/webhooks/1234567890/discord`,
        'https://discord.com/api/webhooks/1234567890/abcdef',
      ],
      [`${good.origin}/v1/receiver`, 'https://legacy.loader.example/v1/receiver'],
      [`${metered.origin}/metering`, 'https://metering.loader.example/events'],
      [`${good.origin}/storefront`, 'https://shop.example/hooks/licenses'],
    ],
    [Symbol.asyncDispose]: async () => {
      await good[Symbol.asyncDispose]();
      await billing[Symbol.asyncDispose]();
      await metered[Symbol.asyncDispose]();
    },
  };
}

/** Waits until the condition holds or the time is up. */
async function until(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds()) && Date.now() < deadline) await sleep(20);
}

const mix: readonly EventType[] = [
  'user.login',
  'session.create',
  'license.activate',
  'user.login',
  'license.expire',
  'user.register',
  'license.activate',
  'file.download',
  'license.activate',
  'license.created',
  'license.expire',
  'license.revoked',
];

const names = ['mira', 'jonas', 'adaeze', 'tomás', 'yuki', 'priya', 'lars', 'noor'];

/** An input of `events.publish` with the example data of the catalog. `index` varies the user. */
export function exampleEvent(appId: string, event: EventType, index: number) {
  const { appId: _, ...data } = getEventDefinition(event).example as Record<string, unknown>;
  const username = names[index % names.length];
  return {
    appId,
    event,
    data: {
      ...data,
      ...('username' in data && { username }),
      ...('userId' in data && { userId: `usr_${index}${username}` }),
    },
  };
}
