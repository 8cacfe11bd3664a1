import { expect, test } from 'vitest';
import { LookupMetrics } from '../../../server/src/telemetry/lookup-metrics.ts';
import { Metrics } from '../../../server/src/telemetry/metrics.ts';

test('lookups are counted by outcome, and timed unless no name server was asked', async () => {
  const { registry } = new Metrics();
  const metrics = new LookupMetrics(registry);
  metrics.countLookup('cached', 0);
  metrics.countLookup('limited', 2_500);
  metrics.countLookup('answered', 20);
  metrics.countLookup('timeout', 2_500);

  const text = await registry.metrics();
  for (const outcome of ['cached', 'limited', 'answered', 'timeout']) {
    expect(text).toContain(`tocsin_dns_lookups_total{outcome="${outcome}"} 1`);
  }
  expect(text).toContain('tocsin_dns_lookups_total{outcome="server_failed"} 0');
  expect(text).toContain('tocsin_dns_lookup_duration_seconds_count 2');
  expect(text).toContain('tocsin_dns_lookup_duration_seconds_sum 2.52');
});
