import { expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { seriesIn, type Series } from '../../support/exposition.ts';
import { metricLabels } from '../../support/metric-labels.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { Receiver, type Answer } from '../../support/receiver.ts';

/** Of the process itself, by prom-client: what it names is Node's. */
const isOwn = ({ name }: Series) => !/^tocsin_(process|nodejs)_/.test(name);

const scrape = async (app: TestApp) => seriesIn((await app.rest('GET', '/metrics')).text);
const valueOf = (series: readonly Series[], name: string, labels: Readonly<Record<string, string>> = {}) =>
  series.find(
    (candidate) =>
      candidate.name === name &&
      Object.entries(labels).every(([label, value]) => candidate.labels[label] === value),
  )?.value;

const hostileAnswers: readonly Answer[] = [
  { status: 599, headers: { 'x-reason': '"} 1 tocsin_fake_total 1' }, body: '{"reason":"made_up"}' },
  { status: 302, headers: { location: 'http://169.254.169.254/' } },
  { status: 410, body: 'gone_for_ever' },
  'reset',
  200,
];

/** Names, paths, keys and responses that must never become a label. */
async function beHostile(app: TestApp, receiver: Receiver, wave: string): Promise<void> {
  for (const index of hostileAnswers.keys()) {
    const appId = `hostile-${wave}-${index}`;
    await app.call('apps.create', { id: appId, name: `"} ${wave}` });
    const { publish } = await subscribe(app, `${receiver.origin}/${wave}/${index}?token=${wave}`, { appId });
    await publish({ username: `user "${wave}"` });
  }
  await app.whenIdle();
  const refused = [
    { appId: `${wave}"} 1`, event: 'user.login', data: loginData },
    { appId: `hostile-${wave}-0`, event: `made.up.${wave}`, data: {} },
  ];
  for (const event of refused) expect((await app.trpc('events.publish', event)).error).toBeDefined();
  await app.rest('GET', `/${wave}/"}`);
  await app.rest(`X${wave}`, '/v1/apps', undefined, { token: wave }).catch(() => undefined);
}

it('labels are closed sets, whatever publishers, paths and receivers say', async () => {
  // The same answers to an attempt and to its retry.
  const toAnswer = (path: string): Answer => hostileAnswers[Number(/\/(\d)\?/.exec(path)?.[1])] ?? 404;
  await using receiver = await Receiver.start({ answer: ({ path }) => toAnswer(path) });
  await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10ms' } });
  await beHostile(app, receiver, 'first');
  const series = await scrape(app);
  const strange = series.filter(isOwn).flatMap(({ name, labels }) =>
    Object.entries(labels)
      .filter(([label, value]) =>
        label === 'le'
          ? value !== '+Inf' && Number.isNaN(Number(value))
          : !metricLabels[label]?.includes(value),
      )
      .map(([label, value]) => `${name}{${label}=${value}}`),
  );
  expect(strange).toEqual([]);

  await beHostile(app, receiver, 'second');
  const namesOf = (all: readonly Series[]) => all.filter(isOwn).map(({ name, labels }) => [name, labels]);
  expect(namesOf(await scrape(app))).toEqual(namesOf(series));
  const text = (await app.rest('GET', '/metrics')).text;
  expect(text).not.toMatch(/hostile|made_up|made\.up|127\.0\.0\.1|first|second"|tocsin_fake/);
});

it('counts what happened, and the first scrape has the current backlog', async () => {
  await using receiver = await Receiver.start({ answer: 503 });
  await using app = await startTestApp({ env: { RETRY_SCHEDULE: '1h' } });
  const { publish } = await subscribe(app, receiver.url);
  await publish();
  await receiver.waitFor(1);
  await expect
    .poll(async () => (await app.call('deliveries.list', {})).items[0]?.reason)
    .toBe('awaiting_retry');
  const openEvents = () => app.db.collection('events').countDocuments({ open: { $exists: true } });
  await expect.poll(openEvents).toBe(0);
  const series = await scrape(app);
  expect(valueOf(series, 'tocsin_events_accepted_total')).toBe(1);
  expect(valueOf(series, 'tocsin_accept_duration_seconds_count')).toBe(1);
  expect(valueOf(series, 'tocsin_attempts_total', { result: 'http_status' })).toBe(1);
  expect(valueOf(series, 'tocsin_attempt_duration_seconds_count')).toBe(1);
  expect(valueOf(series, 'tocsin_commit_batch_size_count', { kind: 'record' })).toBe(1);
  expect(valueOf(series, 'tocsin_endpoint_queues', { state: 'active' })).toBe(1);
  expect(valueOf(series, 'tocsin_partitions_owned')).toBe(128);
  expect(valueOf(series, 'tocsin_queue_pending')).toBe(1);
  expect(valueOf(series, 'tocsin_queue_due')).toBe(0);
  expect(valueOf(series, 'tocsin_database_up')).toBe(1);
});
