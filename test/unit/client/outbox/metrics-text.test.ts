import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createTocsinClient } from '../../../../client/src/index.ts';
import { createOutbox } from '../../../../client/src/outbox/index.ts';
import { toMetricsText } from '../../../../client/src/outbox/metrics-text.ts';
import { MemoryOutboxStore } from '../../../support/memory-outbox-store.ts';
import { acme } from '../../../types/acme.ts';

const content = { pending: 3, setAside: 1, oldestPendingAt: new Date(10_000) };
const counts = { published: 7, setAside: 2, failures: 4, lastError: undefined };

function openOutbox() {
  const client = createTocsinClient({ url: 'http://127.0.0.1:1', token: 'tsk_1', catalog: acme });
  const store = new MemoryOutboxStore();
  return { store, outbox: createOutbox({ client, store }) };
}

describe('the metrics of an outbox', () => {
  it('are a text for Prometheus', () => {
    const text = toMetricsText({ ...content, relay: { state: 'held', ...counts } }, {}, 12_500);
    expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      'tocsin_outbox_pending 3',
      'tocsin_outbox_oldest_pending_seconds 2.5',
      'tocsin_outbox_set_aside 1',
      'tocsin_outbox_relay_state{state="active"} 0',
      'tocsin_outbox_relay_state{state="held"} 1',
      'tocsin_outbox_relay_state{state="standby"} 0',
      'tocsin_outbox_published_total 7',
      'tocsin_outbox_refused_total 2',
      'tocsin_outbox_failures_total 4',
      '',
    ]);
    expect(text).toContain('# TYPE tocsin_outbox_published_total counter\n');
  });

  it('have the labels of the service, escaped', () => {
    const text = toMetricsText({ ...content, relay: undefined }, { service: 'a "b"\\\n' }, 0);
    expect(text).toContain('tocsin_outbox_pending{service="a \\"b\\"\\\\\\n"} 3');
    // The clock of the database is ahead.
    expect(text).toContain('_seconds{service="a \\"b\\"\\\\\\n"} 0');
    expect(() => toMetricsText({ ...content, relay: undefined }, { 'a-b': '' }, 0)).toThrow(
      '"a-b" is no name',
    );
  });

  it('come from the outbox', async () => {
    const { store, outbox } = openOutbox();
    store.commit({ id: 'obx_1', appId: 'a', type: 't', text: '{}' });
    expect(await outbox.metricsText()).toMatch(/^tocsin_outbox_pending 1$/m);
  });

  it('are those that the alerts read', () => {
    const path = fileURLToPath(new URL('../../../../deploy/prometheus/outbox-alerts.yml', import.meta.url));
    const { groups } = parse(readFileSync(path, 'utf8')) as { groups: { rules: { expr: string }[] }[] };
    const text = toMetricsText({ ...content, relay: { state: 'active', ...counts } }, {}, 0);
    const names = groups.flatMap(({ rules }) => rules.flatMap(({ expr }) => expr.match(/tocsin_\w+/g) ?? []));
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
  });
});

describe('an outbox without a catalog of its own', () => {
  it('validates by the catalog of the client', async () => {
    const { store, outbox } = openOutbox();
    const write = (data: object) =>
      store.transact(async (session) => {
        await outbox.publish('coupon.used', { appId: 'a', data: data as never }, { session });
      });
    await expect(write({ amount: 'much' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(
      store.transact(async (session) => {
        await outbox.publish('invoice.lost' as never, { appId: 'a', data: {} as never }, { session });
      }),
    ).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
    expect(store.pending).toEqual([]);
  });
});
