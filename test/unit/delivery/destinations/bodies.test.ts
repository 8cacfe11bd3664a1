import { anyEventTypes, getEventDefinition, type AnyEventType } from '@tocsin/shared';
import { describe, expect, test } from 'vitest';
import { chatHeaders } from '../../../../server/src/delivery/destinations/destination.ts';
import { discordBody, type DiscordEmbed } from '../../../../server/src/delivery/destinations/discord.ts';
import { formatBody } from '../../../../server/src/delivery/destinations/format-body.ts';
import { isKeyField } from '../../../../server/src/delivery/destinations/message/mask-key.ts';
import { getPresentation } from '../../../../server/src/delivery/destinations/message/presentation.ts';
import { slackBody } from '../../../../server/src/delivery/destinations/slack.ts';
import { slackWorkflowBody } from '../../../../server/src/delivery/destinations/slack-workflow.ts';
import { teamsBody } from '../../../../server/src/delivery/destinations/teams.ts';
import { messageOf } from '../../../support/message-of.ts';

const green = 0x2ecc71;
const red = 0xe74c3c;
const blue = 0x3498db;
const grey = 0x95a5a6;

describe('every event', () => {
  test.for([
    ['user.login', 'User logged in', green],
    ['user.register', 'New user registered', blue],
    ['user.ban', 'User banned', red],
    ['license.activate', 'License used for the first time', grey],
    ['license.expire', 'License expired', grey],
    ['license.delete', 'License deleted', red],
    ['file.download', 'File downloaded', grey],
    ['session.create', 'Session started', green],
    ['test', 'Test ping', grey],
    ['license.validated', 'License validated', green],
    ['license.created', 'License created', blue],
    ['license.revoked', 'License revoked', red],
    ['license.activated', 'License reactivated', grey],
    ['license.hwid_bound', 'Device bound to license', grey],
    ['license.hwid_reset', 'Devices unbound from license', grey],
    ['license.deleted', 'License deleted', red],
    ['test.ping', 'Test ping', grey],
  ] as const satisfies readonly (readonly [AnyEventType, string, number])[])(
    '%s is titled "%s" in its color',
    ([type, title, color]) => {
      expect(embedOf(type)).toMatchObject({ title, color: color });
    },
  );

  test('shows only fields that its schema has, at most ten, and license keys only masked', () => {
    for (const type of anyEventTypes) {
      const { fields } = getPresentation(type);
      const names = Object.keys(getEventDefinition(type).schema.shape);
      expect(names).toEqual(expect.arrayContaining(fields.map((line) => line.key)));
      expect(fields.length).toBeLessThanOrEqual(10);
      expect(fields.filter((line) => line.style === 'key').map((line) => line.key)).toEqual(
        fields.map((line) => line.key).filter(isKeyField),
      );
    }
  });

  test('keeps to itself what a publisher added to the cataloged fields', () => {
    const message = messageOf('session.create', { token: 'hunter2-hunter2' });
    for (const format of ['discord', 'slack', 'slack-workflow', 'teams'] as const) {
      expect(formatBody(format, message)).not.toContain('hunter2');
    }
  });
});

describe('a message for Discord', () => {
  test('shows a login as a person wants to read it', () => {
    expect(discordBody(messageOf('user.login'))).toEqual({
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

  test('has no field for what is empty', () => {
    const fields = embedOf('license.created', { label: null, expiresAt: null }).fields;
    expect(fields.map((field) => field.name)).toEqual(['License key', 'Device slots']);
  });

  test('shows Markdown as text', () => {
    const [user] = embedOf('user.login', { username: '**[free](https://evil.example)** <@1>' }).fields;
    expect(user?.value).toBe('\\*\\*\\[free\\]\\(https:\\/\\/evil.example\\)\\*\\* \\<@1\\>');
  });

  test('shows a hyphen at the start of a name as no list', () => {
    expect(embedOf('user.login', { username: '- dash-' }).fields[0]?.value).toBe('\\- dash-');
  });

  test('cannot be made to end a code span early', () => {
    expect(embedOf('user.login', { ip: '`**x**`' }).fields[2]?.value).toBe('`ˋ**x**ˋ`');
  });

  test('cuts a long reason at 1,024 characters and gives it a line of its own', () => {
    const reason = embedOf('user.ban', { reason: 'spam '.repeat(1000) }).fields[3];
    expect(reason).toMatchObject({ name: 'Reason', inline: false });
    expect(reason?.value).toHaveLength(1024);
  });

  test('shortens the description when all texts together would pass 6,000', () => {
    const embed = embedOf('test', { message: 'x'.repeat(9000), webhookId: 'y'.repeat(9000) });
    expect(embed.description).toHaveLength(4096);
  });

  test('masks the key also where the user name is the key', () => {
    const key = 'AUTH-7K2M-Q9XD-4TRB';
    const [user] = embedOf('user.register', { username: key, licenseKey: key }).fields;
    expect(user?.value).toBe('••••4TRB');
  });
});

describe('a message for Slack', () => {
  test('has the title in a header, the fields beside a bar, and a line for notifications', () => {
    const body = slackBody(messageOf('user.ban'));
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

  test('escapes what would call people or open a link, also within code', () => {
    const text = JSON.stringify(
      slackBody(messageOf('user.login', { username: '<!channel> & <@U1>', ip: '`<#C1>`' })),
    );
    expect(text).toContain('*User*\\n&lt;!channel&gt; &amp; &lt;@U1&gt;');
    expect(text).toContain('`ˋ&lt;#C1&gt;ˋ`');
    expect(text).not.toContain('<');
  });
});

describe('the variables of a Slack workflow', () => {
  test('are flat strings under the names of the event', () => {
    expect(slackWorkflowBody(messageOf('license.created', { label: null }))).toEqual({
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

  test('break a mention without Slack escapes, which a workflow would show as they are', () => {
    expect(slackWorkflowBody(messageOf('user.login', { username: '<!channel> & co' }))).toMatchObject({
      username: '<\u200b!channel> & co',
    });
  });
});

describe('a card for Teams', () => {
  test('has a coloured title, a row for each field and a footer', () => {
    const card = teamsBody(messageOf('license.revoked')).attachments[0].content;
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

  test('shows Markdown as it was written and breaks tags', () => {
    const text = JSON.stringify(teamsBody(messageOf('user.login', { username: '**x** <at>y</at>' })));
    expect(text).toContain('"text":"**x** <\u200bat>y<\u200b/at>"');
  });
});

describe('the headers of a chat request', () => {
  test.for(['discord', 'slack', 'slack-workflow', 'teams'] as const)(
    'are two for %s, and no secret among them',
    (format) => {
      expect(Object.keys(chatHeaders(format, undefined)).sort()).toEqual(['content-type', 'user-agent']);
    },
  );

  test('name us to Discord in the form that it asks for, and lead to the platform that sends', () => {
    expect(chatHeaders('discord', 'hooks.acme.test')['user-agent']).toMatch(
      /^DiscordBot \(https:\/\/hooks\.acme\.test, \d+\.\d+\.\d+\) Tocsin\/\d+\.\d+\.\d+$/,
    );
  });

  test.for(['discord', 'slack', 'slack-workflow', 'teams'] as const)(
    'name no address to %s where none was configured',
    (format) => {
      expect(chatHeaders(format, undefined)['user-agent']).toMatch(/^Tocsin\/\d+\.\d+\.\d+$/);
    },
  );
});

function embedOf(type: AnyEventType, changes: Readonly<Record<string, unknown>> = {}): DiscordEmbed {
  return discordBody(messageOf(type, changes)).embeds[0];
}
