import { readFileSync } from 'node:fs';
import { anyEventTypes, getEventDefinition, type AnyEventType } from '@tocsin/shared';
import { describe, expect, test } from 'vitest';
import { toDiscordBody, type DiscordEmbed } from '../../../../server/src/delivery/destinations/discord.ts';
import { isKeyField } from '../../../../server/src/delivery/destinations/message/mask-key.ts';
import { getPresentation } from '../../../../server/src/delivery/destinations/message/presentation.ts';
import {
  toReadableMessage,
  toSummary,
} from '../../../../server/src/delivery/destinations/message/readable-message.ts';
import { destinationNames, destinations } from '../../../../server/src/delivery/destinations/registry.ts';
import { toSlackBody } from '../../../../server/src/delivery/destinations/slack.ts';
import { toSlackWorkflowBody } from '../../../../server/src/delivery/destinations/slack-workflow.ts';
import { toTeamsBody } from '../../../../server/src/delivery/destinations/teams.ts';
import { messageOf } from '../../../support/message-of.ts';

const green = 0x2ecc71;
const red = 0xe74c3c;
const blue = 0x3498db;
const gray = 0x95a5a6;

/** The notification, and the fields of the catalog's example. Code is in backticks. */
const contents: Readonly<Record<AnyEventType, readonly string[]>> = {
  'user.login': [
    'User logged in: testuser',
    'User: testuser',
    'User ID: `usr_abc123`',
    'IP address: `192.168.1.100`',
    'Hardware ID: `HWID-A1B2C3D4`',
  ],
  'user.register': [
    'New user registered: newuser',
    'User: newuser',
    'User ID: `usr_def456`',
    'License key: `••••4TRB`',
    'IP address: `192.168.1.100`',
  ],
  'user.ban': [
    'User banned: testuser',
    'User: testuser',
    'User ID: `usr_abc123`',
    'Banned by: `seller_xyz`',
    'Reason: Terms violation (long)',
  ],
  'license.activate': [
    'License used for the first time: ••••4TRB',
    'License key: `••••4TRB`',
    'Activated by: `usr_abc123`',
    'Duration: 30d',
    'Level: 1',
    'License ID: `lic_123`',
  ],
  'license.expire': [
    'License expired: ••••4TRB',
    'License key: `••••4TRB`',
    'User ID: `usr_abc123`',
    'Expired: 2025-07-15 14:30:00 UTC',
    'Duration: 30d',
    'Level: 1',
    'License ID: `lic_123`',
  ],
  'license.delete': [
    'License deleted: ••••4TRB',
    'License key: `••••4TRB`',
    'Deleted by: `seller_xyz`',
    'License ID: `lic_123`',
  ],
  'file.download': [
    'File downloaded: loader-2.4.1.exe',
    'File: loader-2.4.1.exe',
    'User: testuser',
    'IP address: `192.168.1.100`',
    'File ID: `file_9f8e7d`',
    'User ID: `usr_abc123`',
  ],
  'session.create': [
    'Session started: testuser',
    'User: testuser',
    'User ID: `usr_abc123`',
    'IP address: `192.168.1.100`',
    'Hardware ID: `HWID-A1B2C3D4`',
    'Session ends: 2025-06-16 14:30:00 UTC',
    'Session ID: `ses_5c1d2e`',
  ],
  test: ['Test ping', 'Webhook: `wh_0a1b2c3d4e5f`'],
  'license.validated': [
    'License validated: ••••QHDT',
    'License key: `••••QHDT`',
    'Status: active',
    'Hardware ID: `a1b2c3d4e5f6`',
  ],
  'license.created': [
    'License created: ••••QHDT',
    'License key: `••••QHDT`',
    'Label: order 10442',
    'Expires: 2027-04-10 00:00:00 UTC',
    'Device slots: 2',
  ],
  'license.revoked': ['License revoked: ••••QHDT', 'License key: `••••QHDT`'],
  'license.activated': ['License reactivated: ••••QHDT', 'License key: `••••QHDT`'],
  'license.hwid_bound': [
    'Device bound to license: ••••QHDT',
    'License key: `••••QHDT`',
    'Hardware ID: `a1b2c3d4e5f6`',
    'IP address: `203.0.113.24`',
    'Slot (from 0): 0',
    'Slots in all: 2',
  ],
  'license.hwid_reset': [
    'Devices unbound from license: ••••QHDT',
    'License key: `••••QHDT`',
    'Devices unbound: 2',
  ],
  'license.deleted': ['License deleted: ••••QHDT', 'License key: `••••QHDT`', 'Last status: revoked'],
  'test.ping': ['Test ping'],
};

describe('every event', () => {
  test.for(anyEventTypes)('%s shows what happened to whom', (type) => {
    const message = toReadableMessage(messageOf(type));
    const fields = message.fields.map(({ label, value, isCode, isLong }) => {
      const shown = isCode ? `\`${value}\`` : value;
      return `${label}: ${shown}${isLong ? ' (long)' : ''}`;
    });
    expect([toSummary(message), ...fields]).toEqual(contents[type]);
  });

  test.for([
    ['user.login', 'User logged in', green],
    ['user.register', 'New user registered', blue],
    ['user.ban', 'User banned', red],
    ['license.activate', 'License used for the first time', gray],
    ['license.expire', 'License expired', gray],
    ['license.delete', 'License deleted', red],
    ['file.download', 'File downloaded', gray],
    ['session.create', 'Session started', green],
    ['test', 'Test ping', gray],
    ['license.validated', 'License validated', green],
    ['license.created', 'License created', blue],
    ['license.revoked', 'License revoked', red],
    ['license.activated', 'License reactivated', gray],
    ['license.hwid_bound', 'Device bound to license', gray],
    ['license.hwid_reset', 'Devices unbound from license', gray],
    ['license.deleted', 'License deleted', red],
    ['test.ping', 'Test ping', gray],
  ] as const satisfies readonly (readonly [AnyEventType, string, number])[])(
    '%s is titled "%s" in its color',
    ([type, title, color]) => {
      expect(toEmbed(type)).toMatchObject({ title, color });
    },
  );

  test('shows at most ten fields, all of them from its schema, and masks license keys', () => {
    for (const type of anyEventTypes) {
      const { fields } = getPresentation(type);
      const names = Object.keys(getEventDefinition(type).schema.shape);
      expect(names).toEqual(expect.arrayContaining(fields.map((field) => field.key)));
      expect(fields.length).toBeLessThanOrEqual(10);
      expect(fields.filter((field) => field.style === 'key').map((field) => field.key)).toEqual(
        fields.map((field) => field.key).filter(isKeyField),
      );
    }
  });

  test('omits fields that a publisher added to the cataloged ones', () => {
    const message = messageOf('session.create', { token: 'hunter2-hunter2' });
    for (const name of destinationNames) {
      expect(destinations[name].body(message)).not.toContain('hunter2');
    }
  });
});

describe('a message for Discord', () => {
  test('shows a login with its fields', () => {
    expect(toDiscordBody(messageOf('user.login'))).toEqual({
      username: 'Tocsin',
      embeds: [
        {
          title: 'User logged in',
          color: green,
          fields: [
            { name: 'User', value: 'testuser', inline: true },
            { name: 'User ID', value: '`usr_abc123`', inline: true },
            { name: 'IP address', value: '`192.168.1.100`', inline: true },
            { name: 'Hardware ID', value: '`HWID-A1B2C3D4`', inline: true },
          ],
          footer: { text: 'user.login · App app_xyz789' },
          timestamp: '2026-04-10T15:30:00.000Z',
        },
      ],
      allowed_mentions: { parse: [] },
    });
  });

  test('omits empty fields', () => {
    const fields = toEmbed('license.created', { label: null, expiresAt: null }).fields;
    expect(fields.map((field) => field.name)).toEqual(['License key', 'Device slots']);
  });

  test('escapes Markdown', () => {
    const [user] = toEmbed('user.login', { username: '**[free](https://evil.example)** <@1>' }).fields;
    expect(user?.value).toBe('\\*\\*\\[free\\]\\(https:\\/\\/evil.example\\)\\*\\* \\<@1\\>');
  });

  test('escapes a hyphen at the start of a name, which would start a list', () => {
    expect(toEmbed('user.login', { username: '- dash-' }).fields[0]?.value).toBe('\\- dash-');
  });

  test('keeps a backtick from ending a code span early', () => {
    expect(toEmbed('user.login', { ip: '`**x**`' }).fields[2]?.value).toBe('`ˋ**x**ˋ`');
  });

  test('cuts a long reason at 1,024 characters, on a line of its own', () => {
    const reason = toEmbed('user.ban', { reason: 'spam '.repeat(1000) }).fields[3];
    expect(reason).toMatchObject({ name: 'Reason', inline: false });
    expect(reason?.value).toHaveLength(1024);
  });

  test('shortens the description if all texts would exceed 6,000 characters', () => {
    const embed = toEmbed('test', { message: 'x'.repeat(9000), webhookId: 'y'.repeat(9000) });
    expect(embed.description).toHaveLength(4096);
  });

  test('masks a license key that is also the user name', () => {
    const key = 'AUTH-7K2M-Q9XD-4TRB';
    const [user] = toEmbed('user.register', { username: key, licenseKey: key }).fields;
    expect(user?.value).toBe('••••4TRB');
  });
});

describe('a message for Slack', () => {
  test('has the title in a header, the fields beside a color bar, and a line for notifications', () => {
    const body = toSlackBody(messageOf('user.ban'));
    expect(body.text).toBe('User banned: testuser');
    expect(body.blocks[0].text.text).toBe('User banned');
    expect(body.attachments[0]).toMatchObject({
      color: '#E74C3C',
      fallback: 'User banned: testuser',
      blocks: [
        {
          fields: [
            { text: '*User*\ntestuser' },
            { text: '*User ID*\n`usr_abc123`' },
            { text: '*Banned by*\n`seller_xyz`' },
          ],
        },
        { text: { text: '*Reason*\nTerms violation' } },
        { elements: [{ text: 'user.ban · App app_xyz789 · 2026-04-10 15:30:00 UTC' }] },
      ],
    });
  });

  test('escapes mentions and links, also in code', () => {
    const text = JSON.stringify(
      toSlackBody(messageOf('user.login', { username: '<!channel> & <@U1>', ip: '`<#C1>`' })),
    );
    expect(text).toContain('*User*\\n&lt;!channel&gt; &amp; &lt;@U1&gt;');
    expect(text).toContain('`ˋ&lt;#C1&gt;ˋ`');
    expect(text).not.toContain('<');
  });
});

describe('the variables of a Slack workflow', () => {
  test('are flat strings under the field names of the event', () => {
    expect(toSlackWorkflowBody(messageOf('license.created', { label: null }))).toEqual({
      event: 'license.created',
      timestamp: '2026-04-10T15:30:00.000Z',
      licenseKey: '••••QHDT',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      status: 'active',
      expiresAt: '2027-04-10T00:00:00.000Z',
      maxHwidSlots: '2',
      label: '-',
    });
  });

  test('break mentions with a zero-width space, because a workflow would show escapes', () => {
    expect(toSlackWorkflowBody(messageOf('user.login', { username: '<!channel> & co' }))).toMatchObject({
      username: '<\u200b!channel> & co',
    });
  });
});

describe('a card for Teams', () => {
  test('has a colored title, a row per field and a footer', () => {
    const card = toTeamsBody(messageOf('license.revoked')).attachments[0].content;
    expect(card.fallbackText).toBe('License revoked: ••••QHDT');
    expect(card.body).toMatchObject([
      { type: 'Container', style: 'attention', items: [{ text: 'License revoked' }] },
      {
        type: 'ColumnSet',
        columns: [
          { items: [{ inlines: [{ text: 'License key', weight: 'Bolder' }] }] },
          { items: [{ inlines: [{ text: '••••QHDT', fontType: 'Monospace' }] }] },
        ],
      },
      { inlines: [{ text: 'license.revoked · App app_xyz789 · 2026-04-10 15:30:00 UTC' }] },
    ]);
  });

  test('keeps Markdown as it is and breaks tags', () => {
    const text = JSON.stringify(toTeamsBody(messageOf('user.login', { username: '**x** <at>y</at>' })));
    expect(text).toContain('"text":"**x** <\u200bat>y<\u200b/at>"');
  });
});

describe('the headers of a chat request', () => {
  test.for(destinationNames)('are two for %s, without a secret', (name) => {
    expect(Object.keys(destinations[name].headers(undefined)).sort()).toEqual(['content-type', 'user-agent']);
  });

  test('identify the sender to Discord in its required format', () => {
    expect(destinations.discord.headers('hooks.acme.test')['user-agent']).toMatch(
      /^DiscordBot \(https:\/\/hooks\.acme\.test, \d+\.\d+\.\d+\) Tocsin\/\d+\.\d+\.\d+$/,
    );
  });

  test('state the version of the package', () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../../../../server/package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(destinations.teams.headers(undefined)['user-agent']).toBe(`Tocsin/${manifest.version}`);
  });

  test.for(destinationNames)('name no address to %s if none is configured', (name) => {
    expect(destinations[name].headers(undefined)['user-agent']).toMatch(/^Tocsin\/\d+\.\d+\.\d+$/);
  });
});

function toEmbed(type: AnyEventType, changes: Readonly<Record<string, unknown>> = {}): DiscordEmbed {
  return toDiscordBody(messageOf(type, changes)).embeds[0];
}
