import { expect, it } from 'vitest';
import { createLog } from '../../../server/src/telemetry/log.ts';
import { startTestApp } from '../../support/app.ts';
import { ConnectProxy } from '../../support/connect-proxy.ts';
import { seriesIn } from '../../support/exposition.ts';
import { subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { untilDelivery } from '../../support/waits.ts';

it('keeps deliveries while the proxy is away, and sends them when it is back', async () => {
  await using receiver = await Receiver.start();
  const { port } = new URL(receiver.url);
  const answer = () => ({ port: Number(port) });
  const away = await ConnectProxy.start({ answer });
  const proxyPort = away.port;
  await away[Symbol.asyncDispose]();
  const lines: string[] = [];
  await using app = await startTestApp({
    env: { OUTBOUND_PROXY: `http://me:s3cret@127.0.0.1:${proxyPort}` },
    log: createLog('debug', { destination: { write: (line) => void lines.push(line) } }),
  });
  const { webhookId, publish } = await subscribe(app, receiver.url);

  const id = await publish();
  const waiting = await untilDelivery(app, id, { status: 'pending', reason: 'not_sent' });
  expect(waiting.attemptCount).toBe(0);
  expect(waiting.nextAttemptAt).not.toBeNull();
  expect(await app.call('webhooks.test', { id: webhookId })).toMatchObject({
    delivered: false,
    reason: 'not_sent',
  });

  await using proxy = await ConnectProxy.start({ answer, port: proxyPort, credentials: 'me:s3cret' });
  expect(await untilDelivery(app, id, 'delivered')).toMatchObject({ attemptCount: 1 });
  expect(await app.call('webhooks.get', { id: webhookId })).toMatchObject({
    health: { state: 'healthy', failuresInARow: 0 },
  });
  expect(proxy.heads.length).toBeGreaterThan(0);
  const series = seriesIn((await app.rest('GET', '/metrics')).text);
  const unsent = series.find(
    ({ name, labels }) => name === 'tocsin_requests_unsent_total' && labels['cause'] === 'proxy_failed',
  );
  expect(unsent?.value).toBeGreaterThan(1);
  expect(lines.filter((line) => line.includes('proxy_failed'))).toHaveLength(1);
  expect(lines.join('')).not.toMatch(/s3cret|bWU6/);
});
