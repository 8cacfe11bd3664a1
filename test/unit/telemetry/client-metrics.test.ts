import { expect, it } from 'vitest';
import { ClientMetrics } from '../../../server/src/telemetry/client-metrics.ts';
import { Metrics } from '../../../server/src/telemetry/metrics.ts';

async function countsAfter(userAgents: readonly (string | undefined)[]) {
  const { registry } = new Metrics();
  const versions: string[] = [];
  const metrics = new ClientMetrics(registry, { onVersion: (version) => versions.push(version) });
  for (const userAgent of userAgents) metrics.countCall(userAgent);
  const metric = await registry.getSingleMetric('tocsin_client_calls_total')?.get();
  const counts = metric?.values.map(({ labels, value }) => [
    `${labels['client']} ${labels['version']}`,
    value,
  ]);
  return { versions, counts: Object.fromEntries(counts ?? []) as Record<string, number> };
}

it('counts calls by the version of the client, and reports each version once', async () => {
  const { versions, counts } = await countsAfter([
    'tocsin-client/0.1.0 node/20.19.0',
    'tocsin-client/0.1.0 node/24.1.0',
    'tocsin-client/1.12.3',
    'tocsin-client/1.12.4-beta.1 bun/1.3.0',
  ]);
  expect(counts).toEqual({
    'other ': 0,
    'tocsin-client 0.1.0': 2,
    'tocsin-client 1.12.3': 1,
    'tocsin-client 1.12.4': 1,
  });
  expect(versions).toEqual(['0.1.0', '1.12.3', '1.12.4']);
});

it('has a bounded number of series, whatever callers send', async () => {
  const hostile = [
    'curl/8',
    undefined,
    '',
    'tocsin-client/',
    'tocsin-client/1.2',
    'tocsin-client/1.2.3"}\n',
    `tocsin-client/${'1'.repeat(99)}.0.0`,
  ];
  const many = Array.from({ length: 100 }, (_, index) => `tocsin-client/1.0.${index}`);
  const { versions, counts } = await countsAfter([...hostile, ...many, 'tocsin-client/1.0.0']);
  expect(Object.keys(counts)).toHaveLength(22);
  expect(counts).toMatchObject({
    'other ': hostile.length,
    'tocsin-client more': 80,
    'tocsin-client 1.0.0': 2,
  });
  expect(versions).toHaveLength(20);
});
