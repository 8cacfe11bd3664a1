import { describe, expect, it } from 'vitest';
import type { SendSampleInput } from '@tocsin/shared';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { EventType, EventTypeVersion } from '../../../../server/src/domain/event-type.ts';
import type { EventTypes } from '../../../../server/src/domain/ports/event-types.ts';
import type { PingEndpoint } from '../../../../server/src/domain/ports/sending.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import type { AuditRecord, AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import { createPreviewWebhook } from '../../../../server/src/services/webhooks/preview-webhook.ts';
import { createSendSample } from '../../../../server/src/services/webhooks/send-sample.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

type PingResult = Awaited<ReturnType<PingEndpoint>>;

const version = (number: number, example: object): EventTypeVersion => ({
  type: 'invoice.paid',
  version: number,
  description: 'd',
  example: { ...example },
  hasAppId: false,
  searchable: [],
  presentation: { title: `Version ${number}`, fields: [] } as unknown as EventTypeVersion['presentation'],
  getSchema: () => ({}),
  validate: (data) => ({ data }),
});

/** Version 1 is only rendered, versions 2 and 3 have examples of their own. */
const invoicePaid: EventType = {
  name: 'invoice.paid',
  family: null,
  source: null,
  subscribable: true,
  versions: [version(2, { v2: 'old' }), version(3, { v3: 'new', appId: 'app_example' })],
  downcast: { 1: ({ v3, appId }) => ({ v1: v3, appId }), 2: ({ v3 }) => ({ v2: v3 }) },
};

function typesOf(account: string): Pick<EventTypes, 'find' | 'listNames'> {
  return {
    find: (accountId, name) => (accountId === account && name === 'invoice.paid' ? invoicePaid : undefined),
    listNames: () => Promise.resolve(['invoice.paid']),
  };
}

describe('a preview', () => {
  const preview = async (input: { event?: string; version?: number }, actor: Actor = rootActor) => {
    const rendered: AcceptedEvent[] = [];
    const render = createPreviewWebhook({
      access: accessTo({}),
      eventTypes: typesOf(actor.kind === 'root' ? 'acc_default' : 'acc_a'),
      render: (event, format, profile) => {
        rendered.push(event);
        return `${format} ${profile ?? 'none'}`;
      },
    });
    const shown = await render(actor, {
      format: 'slack',
      event: 'invoice.paid',
      profile: 'authon',
      ...input,
    });
    return { shown, event: rendered[0] };
  };

  it('is the example of the newest version, at a fixed time', async () => {
    const { shown, event } = await preview({});
    expect(shown).toEqual({ format: 'slack', body: 'slack authon' });
    expect(event).toMatchObject({
      id: `evt_${'0'.repeat(26)}`,
      appId: 'app_example',
      type: 'invoice.paid',
      timestamp: '2025-06-15T14:30:00.000Z',
      acceptedAt: Date.parse('2025-06-15T14:30:00.000Z'),
      dataText: '{"v3":"new","appId":"app_example"}',
      targets: [],
      presentation: { title: 'Version 3' },
    });
  });

  it('is that of a version, or rendered for one without a definition', async () => {
    expect((await preview({ version: 2 })).event).toMatchObject({
      appId: 'app_xyz789',
      dataText: '{"v2":"old"}',
      presentation: { title: 'Version 2' },
    });
    expect((await preview({ version: 1 })).event?.dataText).toBe('{"v1":"new","appId":"app_example"}');
    await expect(preview({ version: 4 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'version: invoice.paid has no version 4',
    });
  });

  it('is of the types of the caller, who may read webhooks', async () => {
    expect((await preview({}, keyActor())).shown.format).toBe('slack');
    await expect(preview({}, keyActor('acc_a', ['events:read']))).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
    });
    await expect(preview({ event: 'invoice.payd' })).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT',
      message: expect.stringMatching(/^event: .*invoice\.paid/) as string,
    });
  });
});

describe('a sample', () => {
  const webhook = aWebhook({ description: 'Billing' });
  const success: PingResult = { at: 0, reason: null, statusCode: 200, durationMs: 5, reply: 'ok' };

  function serviceOn({
    found = webhook,
    result = success,
  }: { found?: Webhook; result?: PingResult | Error } = {}) {
    const clock = new FakeClock();
    const sent: AcceptedEvent[] = [];
    const steps: unknown[] = [];
    const records: AuditRecord[] = [];
    const send = createSendSample({
      eventTypes: typesOf('acc_a'),
      ping: (_, event) => {
        steps.push('ping');
        sent.push(event);
        return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
      },
      turns: {
        take: () => {
          steps.push('take');
          return Promise.resolve({ end: () => Promise.resolve(void steps.push('end')) });
        },
      },
      findWebhook: (_, id, scope) => {
        steps.push([id, scope]);
        return Promise.resolve(found);
      },
      audit: {
        record: (_, record) => {
          records.push(record);
          return Promise.resolve();
        },
      } as AuditService, // `as`: the service only records
      ids: createIds(),
      clock,
    });
    const run = async (input: Partial<SendSampleInput> = {}) =>
      await send(rootActor, { id: found.id, event: 'invoice.paid', ...input });
    return { run, sent, steps, records, clock };
  }

  it('is the newest example with the app of the webhook, marked, and sent to it alone', async () => {
    const { run, sent, steps, records, clock } = serviceOn();
    const { eventId, ...rest } = await run();
    expect(rest).toEqual({ delivered: true, statusCode: 200, reason: null, durationMs: 5, reply: 'ok' });
    expect(sent).toMatchObject([
      {
        id: eventId,
        appId: webhook.appId,
        accountId: 'acc_a',
        type: 'invoice.paid',
        acceptedAt: clock.now(),
        timestamp: new Date(clock.now()).toISOString(),
        dataText: `{"v3":"new","appId":"${webhook.appId}"}`,
        targets: [],
        presentation: { title: 'Version 3' },
        isSample: true,
      },
    ]);
    expect(steps).toEqual([[webhook.id, 'webhooks:write'], 'take', 'ping', 'end']);
    expect(records).toMatchObject([
      {
        action: 'webhook.sample_sent',
        targetId: webhook.id,
        targetName: 'Billing',
        details: { event: 'invoice.paid', eventId, delivered: true },
      },
    ]);
  });

  it('has the version that was asked for, or that the webhook is pinned to', async () => {
    const { run, sent } = serviceOn({ found: aWebhook({ eventVersions: { 'invoice.paid': 2 } }) });
    await run();
    await run({ version: 1 });
    await run({ version: 3 });
    expect(sent.map(({ dataText }) => dataText)).toEqual([
      '{"v2":"old"}',
      '{"v1":"new","appId":"app_test"}',
      '{"v3":"new","appId":"app_test"}',
    ]);
  });

  it('that fails says why, and is recorded as such', async () => {
    const result = { ...success, reason: 'http_status', statusCode: 500 } as const;
    const { run, records } = serviceOn({ result });
    expect(await run()).toMatchObject({ delivered: false, statusCode: 500, reason: 'http_status' });
    expect(records).toMatchObject([{ details: { delivered: false } }]);
  });

  it('ends its turn even if it cannot be sent, and takes none for an unknown type', async () => {
    const { run, steps } = serviceOn({ result: new Error('away') });
    await expect(run()).rejects.toThrow('away');
    expect(steps.at(-1)).toBe('end');
    const unknown = serviceOn();
    await expect(unknown.run({ event: 'user.payd' })).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
    expect(unknown.steps).not.toContain('take');
  });
});
