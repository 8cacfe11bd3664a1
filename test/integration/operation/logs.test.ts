import { expect, it } from 'vitest';
import { createLog } from '../../../server/src/telemetry/log.ts';
import { startTestApp } from '../../support/app.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';

type Line = Readonly<Record<string, unknown>>;

function capture(level: string) {
  const lines: Line[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Line);
  return { lines, log: createLog(level, { destination: { write } }) };
}

it('a request can be followed to its event, and from there to each attempt that failed', async () => {
  const { lines, log } = capture('debug');
  await using receiver = await Receiver.start({ answer: 500 });
  await using app = await startTestApp({ log, env: { RETRY_SCHEDULE: '1h' } });
  const { appId, webhookId } = await subscribe(app, `${receiver.url}?token=of-the-customer`);
  const event = { event: 'user.login', data: { ...loginData, username: 'in-the-payload' } };
  const from = (requestId: string) => ({ headers: { 'x-request-id': requestId } });
  await app.rest('POST', `/v1/apps/${appId}/events`, event, from('over-rest'));
  await app.trpc('events.publish', { appId, ...event }, from('over-trpc'));
  await app.trpc('events.publishMany', { events: [{ appId, ...event }] }, from('over-trpc-many'));
  const failed = () => lines.filter(({ msg }) => msg === 'attempt failed');
  await expect.poll(() => failed().length).toBe(3);

  const published = lines.filter(({ msg }) => msg === 'published');
  expect(published.map(({ requestId }) => requestId)).toEqual(['over-rest', 'over-trpc', 'over-trpc-many']);
  for (const { eventId } of published) {
    const deliveryId = String(eventId).replace(/^evt_/, 'dlv_');
    const wanted = { eventId, deliveryId, webhookId, attempt: 1, reason: 'http_status' };
    expect(failed().find((line) => line['eventId'] === eventId)).toMatchObject(wanted);
  }
  expect(JSON.stringify(lines)).not.toMatch(/of-the-customer|in-the-payload|127\.0\.0\.1/);
});

it('at the usual level nothing is written for an event, whatever becomes of it', async () => {
  const { lines, log } = capture('info');
  await using receiver = await Receiver.start({ answer: (_request, index) => (index === 0 ? 500 : 200) });
  await using app = await startTestApp({ log, env: { RETRY_SCHEDULE: '10ms' } });
  const { publish } = await subscribe(app, receiver.url);
  const written = lines.length;
  await publish();
  await receiver.waitFor(2);
  await app.whenIdle();
  expect(lines.slice(written)).toEqual([]);
});
