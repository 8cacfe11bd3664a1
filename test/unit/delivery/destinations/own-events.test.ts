import { describe, expect, test } from 'vitest';
import type { Message } from '../../../../server/src/delivery/destinations/message/message.ts';
import type { EventPresentation } from '../../../../server/src/domain/event.ts';
import { toReadableMessage } from '../../../../server/src/delivery/destinations/message/readable-message.ts';
import { destinationNames, destinations } from '../../../../server/src/delivery/destinations/registry.ts';
import { toDiscordBody } from '../../../../server/src/delivery/destinations/discord.ts';
import { toSlackWorkflowBody } from '../../../../server/src/delivery/destinations/slack-workflow.ts';

const data = {
  invoiceId: 'inv_1',
  total: 1200,
  paidAt: '2026-04-10T15:30:00.000Z',
  customer_name: 'Ada',
  apiToken: 'sk_live_0123456789',
  secretNote: 'hunter2-hunter2',
};

function aMessage(change: Partial<Message> = {}): Message {
  return {
    id: 'evt_01hzy3v9k2m4n6p8q0r2s4t600',
    type: 'invoice.line_item.paid',
    timestamp: '2026-04-10T15:30:00.000Z',
    appId: 'app_1',
    dataText: JSON.stringify(data),
    presentation: { fields: ['paidAt', 'invoiceId', 'total', 'customer_name', 'apiToken', 'missing'] },
    ...change,
  };
}

describe('the chat message of an event of your own', () => {
  test('has the type as its title, and the fields of its schema in their order, with labels of words', () => {
    const { title, kind, subject, fields, origin } = toReadableMessage(aMessage());
    expect({ title, kind, subject, origin }).toEqual({
      title: 'Invoice line item paid',
      kind: 'neutral',
      subject: undefined,
      origin: 'invoice.line_item.paid · App app_1',
    });
    expect(fields.map(({ label, value, isCode }) => [label, value, isCode])).toEqual([
      ['Paid at', '2026-04-10 15:30:00 UTC', false],
      ['Invoice ID', 'inv_1', true],
      ['Total', '1200', false],
      ['Customer name', 'Ada', false],
      ['API token', '••••6789', true],
    ]);
  });

  test('has labels with acronyms in capitals, and code for what identifies', () => {
    const names = [
      'ip',
      'device_hwid',
      'eventUuid',
      'callback_url',
      'clientIp',
      'ownerId',
      'paid',
      'zip',
      'apiV',
    ];
    const dataText = JSON.stringify(Object.fromEntries(names.map((name) => [name, 'x'])));
    const { fields } = toReadableMessage(aMessage({ dataText, presentation: { fields: names } }));
    expect(fields.map(({ label, isCode }) => (isCode ? `\`${label}\`` : label))).toEqual([
      '`IP`',
      '`Device HWID`',
      '`Event UUID`',
      'Callback URL',
      '`Client IP`',
      '`Owner ID`',
      'Paid',
      'Zip',
      'API v',
    ]);
  });

  test('is as its catalog says, without what the schema does not have', () => {
    const message: EventPresentation['message'] = {
      title: 'Invoice paid',
      kind: 'creation',
      subject: 'customer_name',
      paragraph: 'secretNote',
      fields: [
        { key: 'secretNote', label: 'Note', style: 'name' },
        { key: 'paidAt', label: 'Paid', style: 'time' },
        { key: 'apiToken', label: 'Token', style: 'key' },
      ],
    };
    const fields = ['customer_name', 'paidAt', 'apiToken'];
    const shown = toReadableMessage(aMessage({ presentation: { fields, message } }));
    expect(shown).toMatchObject({ title: 'Invoice paid', kind: 'creation', subject: 'Ada' });
    expect(shown.paragraph).toBeUndefined();
    expect(shown.fields.map(({ label, value }) => [label, value])).toEqual([
      ['Paid', '2026-04-10 15:30:00 UTC'],
      ['Token', '••••6789'],
    ]);
    const noSubject = aMessage({ presentation: { fields: ['secretNote'], message } });
    expect(toReadableMessage(noSubject)).toMatchObject({ subject: undefined, paragraph: 'hunter2-hunter2' });
  });

  test('names its subject in the style that the subject has as a field', () => {
    const message: EventPresentation['message'] = {
      title: 'Invoice paid',
      kind: 'creation',
      subject: 'paidAt',
      paragraph: 'secretNote',
      fields: [
        { key: 'customer_name', label: 'Customer', style: 'name' },
        { key: 'paidAt', label: 'Paid', style: 'time' },
      ],
    };
    const shown = toReadableMessage(
      aMessage({ presentation: { fields: ['customer_name', 'paidAt'], message } }),
    );
    expect(shown.subject).toBe('2026-04-10 15:30:00 UTC');
  });

  test('for Discord has a description that leaves the embed within 6,000 characters', () => {
    const names = Array.from({ length: 10 }, (_, n) => `f${n}`);
    const message: EventPresentation['message'] = {
      title: 'Invoice paid',
      kind: 'creation',
      paragraph: 'note',
      fields: names.map((key) => ({ key, label: key, style: 'name' })),
    };
    const dataText = JSON.stringify({
      ...Object.fromEntries(names.map((key) => [key, 'v'.repeat(400)])),
      note: 'n'.repeat(5_000),
    });
    const presentation = { fields: [...names, 'note'], message };
    const [embed] = toDiscordBody(aMessage({ dataText, presentation })).embeds;
    const texts = [embed.title, embed.description ?? '', embed.footer.text];
    const length = [...texts, ...embed.fields.flatMap(({ name, value }) => [name, value])].join('').length;
    expect(length).toBe(6_000);
  });

  test('shows at most ten fields', () => {
    const fields = Array.from({ length: 14 }, (_, n) => `f${n}`);
    const dataText = JSON.stringify(Object.fromEntries(fields.map((name) => [name, name])));
    const readable = toReadableMessage(aMessage({ dataText, presentation: { fields } }));
    expect(readable.fields.map(({ value }) => value)).toEqual(fields.slice(0, 10));
  });

  test.for(destinationNames)('shows no field in %s that the schema does not have', (name) => {
    const body = destinations[name].body(aMessage());
    expect(body).toContain('inv_1');
    expect(body).not.toContain('hunter2');
    expect(body).not.toContain('sk_live');
  });

  test.for(destinationNames)('has a body in %s even if nothing is known of its type', (name) => {
    const body = destinations[name].body(aMessage({ presentation: undefined }));
    expect(body).toContain('invoice.line_item.paid');
    expect(body).not.toContain('inv_1');
  });

  test('has labels without the markup that the names of fields may have', () => {
    const names = ['@everyone', '<!channel>', '*b*_c_\n#d', '---'];
    const dataText = JSON.stringify(Object.fromEntries(names.map((name) => [name, 'x'])));
    const { fields } = toReadableMessage(aMessage({ dataText, presentation: { fields: names } }));
    expect(fields.map(({ label }) => label)).toEqual(['Everyone', 'Channel', 'B c d']);
  });

  test('fills every variable of a workflow that the schema has', () => {
    const { event, ...body } = toSlackWorkflowBody(aMessage());
    expect(event).toBe('invoice.line_item.paid');
    expect(Object.keys(body)).toEqual([
      'timestamp',
      'paidAt',
      'invoiceId',
      'total',
      'customer_name',
      'apiToken',
      'missing',
    ]);
    expect(body).toMatchObject({ total: '1200', missing: '-', apiToken: '••••6789' });
  });
});
