import { describe, expect, test } from 'vitest';
import { countCodePoints } from '../../../../server/src/delivery/destinations/message/cut-text.ts';
import { toDiscordBody } from '../../../../server/src/delivery/destinations/discord.ts';
import { toData, type Message } from '../../../../server/src/delivery/destinations/message/message.ts';
import {
  toReadableMessage,
  toSummary,
  toText,
} from '../../../../server/src/delivery/destinations/message/readable-message.ts';
import { toSlackBody } from '../../../../server/src/delivery/destinations/slack.ts';
import { toSlackWorkflowBody } from '../../../../server/src/delivery/destinations/slack-workflow.ts';
import { toTeamsBody, type CardElement } from '../../../../server/src/delivery/destinations/teams.ts';
import { messageOf } from '../../../support/message-of.ts';

/** One code point, two UTF-16 units, four bytes: what counts them wrongly is over a limit or far below it. */
const wide = (count: number) => '😀'.repeat(count);
const long = wide(9_000);

describe('a message for Discord', () => {
  const fieldsOf = (message: Message) => toDiscordBody(message).embeds[0].fields;

  test.for([
    ['a name', 'username', 0, 256],
    ['an id with its code marks', 'ip', 2, 256],
  ] as const)('has at most as many characters in %s as fit', ([, key, index, max]) => {
    const value = fieldsOf(messageOf('user.login', { [key]: long }))[index]?.value ?? '';
    expect(countCodePoints(value)).toBe(max);
    expect(value).toMatch(key === 'ip' ? /^`😀+…`$/u : /^😀+…$/u);
  });

  test('has at most 1,024 characters in a long value, which stands alone', () => {
    const field = fieldsOf(messageOf('user.ban', { reason: long }))[3];
    expect(countCodePoints(field?.value ?? '')).toBe(1024);
    expect(field?.inline).toBe(false);
  });

  test('has at most 256 characters of its origin, and 4,096 in its description', () => {
    const embed = toDiscordBody({ ...messageOf('test', { message: long }), appId: long }).embeds[0];
    expect(countCodePoints(embed.footer.text)).toBe(256);
    expect(countCodePoints(embed.description ?? '')).toBe(4096);
  });

  test('is cut in its parts only, so that all of it stays below 6,000 characters', () => {
    const data = Object.fromEntries(
      ['username', 'userId', 'bannedBy', 'reason'].map((name) => [name, long] as const),
    );
    const embed = toDiscordBody({ ...messageOf('user.ban', data), appId: long }).embeds[0];
    const texts = [
      embed.title,
      embed.footer.text,
      ...embed.fields.flatMap(({ name, value }) => [name, value]),
    ];
    expect(texts.map(countCodePoints).reduce((sum, length) => sum + length, 0)).toBeLessThan(6000);
  });

  test.for(['\\', '*', '_', '~', '|', '`', '<', '>', '[', ']', '(', ')', '/'])(
    'escapes %s wherever it stands',
    (special) => {
      const [user] = fieldsOf(messageOf('user.login', { username: `a${special}b${special}` }));
      expect(user?.value).toBe(`a\\${special}b\\${special}`);
    },
  );

  test.for(['#', '-', '+'])('escapes %s at the start alone', (special) => {
    const [user] = fieldsOf(messageOf('user.login', { username: `${special}a${special}` }));
    expect(user?.value).toBe(`\\${special}a${special}`);
  });

  test.for(['.', '!', ':', '@', '&', '=', '{', '"', "'"])('leaves %s as it is', (plain) => {
    const [user] = fieldsOf(messageOf('user.login', { username: `a${plain}b` }));
    expect(user?.value).toBe(`a${plain}b`);
  });
});

describe('a message for Slack', () => {
  const toBlocks = (message: Message) => toSlackBody(message).attachments[0].blocks;

  test('has at most 256 characters in a value, its code marks and escapes included', () => {
    const [section] = toBlocks(messageOf('user.login', { username: '&'.repeat(900), ip: long }));
    const fields = section !== undefined && 'fields' in section ? section.fields : [];
    const values = fields.map(({ text }) => text.split('\n')[1] ?? '');
    expect(values[0]).toBe(`${'&amp;'.repeat(51)}…`);
    expect(countCodePoints(values[2] ?? '')).toBe(256);
    expect(values[2]).toMatch(/^`😀+…`$/u);
  });

  test('has at most 1,500 characters in a long value and 3,000 in a paragraph', () => {
    const lengthOf = (message: Message, index: number, cut: string) => {
      const block = toBlocks(message)[index];
      const text = block !== undefined && 'text' in block ? block.text.text : '';
      return countCodePoints(text.slice(cut.length));
    };
    expect(lengthOf(messageOf('user.ban', { reason: long }), 1, '*Reason*\n')).toBe(1500);
    expect(lengthOf(messageOf('test', { message: long }), 0, '')).toBe(3000);
  });

  test('has at most 300 characters in its summary and in its origin', () => {
    const body = toSlackBody({ ...messageOf('user.login', { username: long }), appId: long });
    const context = body.attachments[0].blocks.at(-1);
    expect(countCodePoints(body.text)).toBe(300);
    expect(body.attachments[0].fallback).toBe(body.text);
    const origin = context !== undefined && 'elements' in context ? context.elements[0].text : '';
    expect(countCodePoints(origin)).toBe(300);
  });

  test('has no section for fields where there are none, and one for a paragraph where there is one', () => {
    expect(toBlocks(messageOf('test.ping', { message: 'hello' }))).toEqual([
      { type: 'section', text: { type: 'mrkdwn', text: 'hello', verbatim: true } },
      {
        type: 'context',
        elements: [
          {
            type: 'mrkdwn',
            text: 'test.ping · App app_xyz789 · 2026-04-10 15:30:00 UTC',
            verbatim: true,
          },
        ],
      },
    ]);
  });

  test('has the blocks that Slack documents, with nothing read as a link or a mention', () => {
    const body = toSlackBody(messageOf('user.ban'));
    expect(body.blocks).toEqual([
      { type: 'header', text: { type: 'plain_text', text: 'User banned', emoji: false } },
    ]);
    expect(body.attachments[0].blocks.map(({ type }) => type)).toEqual(['section', 'section', 'context']);
    const texts = JSON.stringify(body.attachments).match(/"type":"mrkdwn"[^}]*/g) ?? [];
    expect(texts).toHaveLength(5);
    for (const text of texts) expect(text).toContain('"verbatim":true');
  });

  test('escapes &, < and > and nothing else', () => {
    const [section] = toBlocks(messageOf('user.login', { username: `a&b<c>d"e'f*g_h~i` }));
    expect(JSON.stringify(section)).toContain(`a&amp;b&lt;c&gt;d\\"e'f*g_h~i`);
  });
});

describe('the variables of a Slack workflow', () => {
  test('have at most 2,000 characters each', () => {
    const { username } = toSlackWorkflowBody(messageOf('user.login', { username: long }));
    expect(countCodePoints(username ?? '')).toBe(2000);
  });

  test('are the cataloged fields, the empty ones as a dash and keys masked', () => {
    const data = {
      username: '',
      hwid: null,
      userId: 'AUTH-7K2M-Q9XD-4TRB',
      licenseKey: 'AUTH-7K2M-Q9XD-4TRB',
    };
    expect(toSlackWorkflowBody(messageOf('user.register', { ...data, extra: 'x' }))).toMatchObject({
      event: 'user.register',
      username: '-',
      userId: '••••4TRB',
      licenseKey: '••••4TRB',
    });
    expect(toSlackWorkflowBody(messageOf('user.register', { extra: 'x' }))).not.toHaveProperty('extra');
  });
});

describe('a card for Teams', () => {
  const toElements = (message: Message) => toTeamsBody(message).attachments[0].content.body;
  const textIn = (element: CardElement | undefined): string =>
    element?.type === 'RichTextBlock'
      ? element.inlines[0].text
      : element?.type === 'ColumnSet'
        ? element.columns[1].items[0].inlines[0].text
        : '';

  test('has at most as many characters in each part as keep it below Teams’ limit', () => {
    const login = toElements({ ...messageOf('user.login', { username: long }), appId: long });
    expect(countCodePoints(textIn(login[1]))).toBe(256);
    expect(countCodePoints(textIn(login.at(-1)))).toBe(300);
    expect(countCodePoints(textIn(toElements(messageOf('user.ban', { reason: long }))[4]))).toBe(1024);
    expect(countCodePoints(textIn(toElements(messageOf('test', { message: long }))[1]))).toBe(2000);
    const { fallbackText } = toTeamsBody(messageOf('user.login', { username: long })).attachments[0].content;
    expect(countCodePoints(fallbackText)).toBe(150);
  });

  test('has the form that Teams asks of a card, field by field', () => {
    expect(toTeamsBody(messageOf('test.ping', { message: 'hello' }))).toEqual({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            fallbackText: 'Test ping',
            msteams: { width: 'full' },
            body: [
              {
                type: 'Container',
                style: 'emphasis',
                bleed: true,
                items: [
                  { type: 'TextBlock', text: 'Test ping', size: 'Large', weight: 'Bolder', wrap: true },
                ],
              },
              { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'hello' }] },
              {
                type: 'RichTextBlock',
                inlines: [
                  {
                    type: 'TextRun',
                    text: 'test.ping · App app_xyz789 · 2026-04-10 15:30:00 UTC',
                    isSubtle: true,
                    size: 'Small',
                  },
                ],
              },
            ],
          },
        },
      ],
    });
  });

  test('has a row of two columns for a field, in a fixed width where it is to be copied', () => {
    const rows = toElements(messageOf('user.login')).slice(1, 3);
    const column = (width: '1' | '3', run: object) => ({
      type: 'Column',
      width,
      items: [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', ...run }] }],
    });
    expect(rows).toEqual([
      {
        type: 'ColumnSet',
        spacing: 'Small',
        columns: [column('1', { text: 'User', weight: 'Bolder' }), column('3', { text: 'testuser' })],
      },
      {
        type: 'ColumnSet',
        spacing: 'Small',
        columns: [
          column('1', { text: 'User ID', weight: 'Bolder' }),
          column('3', { text: 'usr_abc123', fontType: 'Monospace' }),
        ],
      },
    ]);
  });
});

describe('the colors', () => {
  test.for([
    ['user.login', 0x2ecc71, '#2ECC71', 'good'],
    ['user.ban', 0xe74c3c, '#E74C3C', 'attention'],
    ['user.register', 0x3498db, '#3498DB', 'accent'],
    ['file.download', 0x95a5a6, '#95A5A6', 'emphasis'],
  ] as const)('of %s agree in Discord, Slack and Teams', ([type, rgb, hex, style]) => {
    const message = messageOf(type);
    expect(toDiscordBody(message).embeds[0].color).toBe(rgb);
    expect(toSlackBody(message).attachments[0].color).toBe(hex);
    expect(toTeamsBody(message).attachments[0].content.body[0]).toMatchObject({ type: 'Container', style });
  });
});

describe('a readable message', () => {
  test.for([
    ['2026-04-10T15:30:00.999Z', '2026-04-10 15:30:00 UTC'],
    ['2026-04-10T15:30:00+02:00', '2026-04-10 13:30:00 UTC'],
    ['2026-04-10T15:30Z', '2026-04-10 15:30:00 UTC'],
    ['2026-04-10', '2026-04-10'],
    ['2026-13-10T15:30:00Z', '2026-13-10T15:30:00Z'],
    ['x2026-04-10T15:30:00Z', 'x2026-04-10T15:30:00Z'],
    ['never', 'never'],
    ['7', '7'],
  ] as const)('shows the time %s as %s', ([given, shown]) => {
    const { fields } = toReadableMessage(messageOf('license.created', { expiresAt: given }));
    expect(fields.find(({ label }) => label === 'Expires')?.value).toBe(shown);
    expect(toReadableMessage({ ...messageOf('test'), timestamp: given }).time).toBe(shown);
  });

  test('marks what is to be copied as code and what is long as such', () => {
    const marks = (message: Message) =>
      toReadableMessage(message).fields.map(({ label, isCode, isLong }) => [label, isCode, isLong]);
    expect(marks(messageOf('user.ban'))).toEqual([
      ['User', false, false],
      ['User ID', true, false],
      ['Banned by', true, false],
      ['Reason', false, true],
    ]);
    expect(marks(messageOf('license.created', { label: 'x' }))).toEqual([
      ['License key', true, false],
      ['Label', false, false],
      ['Expires', false, false],
      ['Device slots', false, false],
    ]);
  });

  test('names its subject in its summary, masked where that is a key, and only its title without one', () => {
    expect(toSummary(toReadableMessage(messageOf('user.ban')))).toBe('User banned: testuser');
    expect(toSummary(toReadableMessage(messageOf('license.deleted')))).toBe('License deleted: ••••QHDT');
    expect(toSummary(toReadableMessage(messageOf('user.ban', { username: ' ' })))).toBe('User banned');
    expect(toSummary(toReadableMessage(messageOf('test')))).toBe('Test ping');
  });

  test('says where it comes from, in clean text', () => {
    const { origin } = toReadableMessage({ ...messageOf('user.ban'), appId: 'app\n@everyone' });
    expect(origin).toBe('user.ban · App app @\u200beveryone');
  });

  test.for([
    [undefined, ''],
    [null, ''],
    ['', ''],
    [0, '0'],
    [false, 'false'],
    [{ a: [1, 'b'] }, '{"a":[1,"b"]}'],
    [' a\n', 'a'],
  ] as const)('writes the value %j as %j', ([value, text]) => {
    expect(toText(value)).toBe(text);
  });
});

describe('the data of a message', () => {
  test.for(['null', '[1]', '"text"', '7'])('is empty when it is %s', (dataText) => {
    expect(toData({ ...messageOf('test'), dataText })).toEqual({});
  });

  test('throws when it is no JSON', () => {
    expect(() => toData({ ...messageOf('test'), dataText: '{' })).toThrow(SyntaxError);
  });
});
