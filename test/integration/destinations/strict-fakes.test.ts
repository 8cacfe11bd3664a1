import { anyEventTypes } from '@tocsin/shared';
import { describe, expect, test } from 'vitest';
import type { DestinationName } from '../../../server/src/delivery/destinations/destination.ts';
import { toDiscordBody } from '../../../server/src/delivery/destinations/discord.ts';
import type { Message } from '../../../server/src/delivery/destinations/message/message.ts';
import type { HttpResponse } from '../../../server/src/delivery/destinations/read-response.ts';
import { destinations } from '../../../server/src/delivery/destinations/registry.ts';
import { FakeClock } from '../../support/clock.ts';
import { startFakeDiscord } from '../../support/fake-discord.ts';
import { startFakeSlack } from '../../support/fake-slack.ts';
import { startFakeTeams } from '../../support/fake-teams.ts';
import { messageOf } from '../../support/message-of.ts';

async function post(url: string, name: DestinationName, body: string): Promise<HttpResponse> {
  const destination = destinations[name];
  const target = destination.requestUrl(new URL(url));
  const response = await fetch(target, { method: 'POST', headers: destination.headers(undefined), body });
  return {
    kind: 'answered',
    statusCode: response.status,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    headers: Object.fromEntries(response.headers),
    reply: await response.text(),
    durationMs: 0,
  };
}

function toBody(name: DestinationName, message: Message): string {
  return destinations[name].body(message);
}

/** Like the engine: the destination's own rules first, then those of HTTP. */
function isSuccess(name: DestinationName, response: HttpResponse): boolean {
  const outcome = destinations[name].classify(response);
  if (outcome !== undefined) return outcome.kind === 'success';
  return response.statusCode >= 200 && response.statusCode < 300;
}

describe('a strict fake of Discord', () => {
  test.for(anyEventTypes)('accepts the message of %s', async (type) => {
    await using discord = await startFakeDiscord();
    const result = await post(`${discord.url}?wait=true`, 'discord', toBody('discord', messageOf(type)));
    expect(result).toMatchObject({ statusCode: 200 });
    expect(isSuccess('discord', result)).toBe(true);
    expect(discord.messages).toEqual([toDiscordBody(messageOf(type))]);
  });

  test('receives neither a secret nor a signature', async () => {
    await using discord = await startFakeDiscord();
    await post(discord.url, 'discord', toBody('discord', messageOf('user.login')));
    const ours = Object.keys(discord.requests[0]?.headers ?? {}).filter((name) =>
      /^x-|^webhook-|^auth|secret|sign/.test(name),
    );
    expect(ours).toEqual([]);
    expect(discord.requests[0]?.headers).toMatchObject(destinations.discord.headers(undefined));
  });

  test.for([
    ['the raw event', 400, 50006, { event: 'user.login', timestamp: '2026-04-10T15:30:00.000Z', data: {} }],
    ['an embed without anything', 400, 50035, { embeds: [{ color: 1 }], allowed_mentions: { parse: [] } }],
    [
      'a title of 257 characters',
      400,
      50035,
      { embeds: [{ title: 'x'.repeat(257), color: 1 }], allowed_mentions: { parse: [] } },
    ],
    ['mentions that are allowed', 400, 50035, { embeds: [{ title: 'x', color: 1 }] }],
    ['a name with clyde', 400, 50035, { ...toDiscordBody(messageOf('test')), username: 'Clyde 2' }],
    [
      'more than 6,000 characters in total',
      400,
      50035,
      {
        embeds: [4000, 2001].map((n) => ({ title: 'x', description: 'y'.repeat(n), color: 1 })),
        allowed_mentions: { parse: [] },
      },
    ],
  ] as const)('rejects %s with %i and code %i', async ([, status, code, body]) => {
    await using discord = await startFakeDiscord();
    const result = await post(discord.url, 'discord', JSON.stringify(body));
    expect(result.statusCode).toBe(status);
    expect(JSON.parse(result.reply)).toMatchObject({ code });
    expect(discord.messages).toEqual([]);
  });

  test('rejects invalid JSON with code 50109', async () => {
    await using discord = await startFakeDiscord();
    expect((await post(discord.url, 'discord', '{')).reply).toContain('50109');
  });

  test('reports a deleted webhook, which disables ours', async () => {
    await using discord = await startFakeDiscord();
    discord.removeWebhook();
    const result = await post(discord.url, 'discord', toBody('discord', messageOf('user.login')));
    expect(destinations.discord.classify(result)).toMatchObject({
      kind: 'final',
      disable: 'destination_removed',
    });
  });

  test('announces when its rate limit resets, and accepts a message then', async () => {
    const clock = new FakeClock();
    await using discord = await startFakeDiscord({ allow: { requests: 2, perMs: 400 }, clock });
    const body = toBody('discord', messageOf('user.login'));
    const first = await post(discord.url, 'discord', body);
    const second = await post(discord.url, 'discord', body);
    expect(destinations.discord.cooldownMs(first)).toBe(0);
    expect(destinations.discord.cooldownMs(second)).toBe(400);

    clock.advance(399);
    const tooEarly = await post(discord.url, 'discord', body);
    expect(tooEarly.statusCode).toBe(429);
    expect(discord.invalidRequests).toBe(1);
    expect(destinations.discord.classify(tooEarly)).toMatchObject({
      kind: 'failure',
      slowsEndpoint: true,
      retryAfterMs: 1000,
    });

    clock.advance(1);
    expect((await post(discord.url, 'discord', body)).statusCode).toBe(204);
    expect(discord.messages).toHaveLength(3);
  });

  test.for(anyEventTypes)('accepts the Slack message of %s at its /slack endpoint', async (type) => {
    await using discord = await startFakeDiscord();
    const result = await post(`${discord.url}/slack`, 'slack', toBody('slack', messageOf(type)));
    expect(isSuccess('slack', result)).toBe(true);
  });
});

describe('a strict fake of Slack', () => {
  test.for(anyEventTypes)('accepts the message of %s', async (type) => {
    await using slack = await startFakeSlack();
    const result = await post(slack.url, 'slack', toBody('slack', messageOf(type)));
    expect(result).toMatchObject({ statusCode: 200, reply: 'ok' });
    expect(isSuccess('slack', result)).toBe(true);
  });

  test.for(anyEventTypes)('starts a workflow with the variables of %s', async (type) => {
    await using slack = await startFakeSlack();
    const result = await post(slack.workflowUrl, 'slack-workflow', toBody('slack-workflow', messageOf(type)));
    expect(isSuccess('slack-workflow', result)).toBe(true);
    expect(slack.messages).toHaveLength(1);
  });

  test.for([
    ['the raw event', { event: 'user.login', data: {} }, 'no_text'],
    ['a mention', { text: '<!channel>' }, 'invalid_blocks'],
    ['an unescaped ampersand', { text: 'a & b' }, 'invalid_blocks'],
    [
      'a legacy field next to blocks',
      { text: 'x', attachments: [{ color: '#000000', fallback: 'x', footer: 'y', blocks: [] }] },
      'invalid_attachments',
    ],
    [
      'a header of 151 characters',
      {
        text: 'x',
        blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151), emoji: false } }],
      },
      'invalid_blocks',
    ],
  ] as const)('rejects %s', async ([, body, word]) => {
    await using slack = await startFakeSlack();
    expect(await post(slack.url, 'slack', JSON.stringify(body))).toMatchObject({
      statusCode: 400,
      reply: word,
    });
  });

  test('rejects blocks at a workflow, which takes flat strings', async () => {
    await using slack = await startFakeSlack();
    const result = await post(slack.workflowUrl, 'slack-workflow', toBody('slack', messageOf('user.login')));
    expect(isSuccess('slack-workflow', result)).toBe(false);
  });

  test.for(['no_service', 'channel_is_archived', 'invalid_token'] as const)(
    'disables the webhook with %s',
    async (word) => {
      await using slack = await startFakeSlack();
      slack.remove(word);
      const result = await post(slack.url, 'slack', toBody('slack', messageOf('user.login')));
      expect(destinations.slack.classify(result)).toMatchObject({
        kind: 'final',
        disable: 'destination_removed',
      });
    },
  );

  test('rejects a second message within the second', async () => {
    await using slack = await startFakeSlack({ perSecond: 1, clock: new FakeClock() });
    const body = toBody('slack', messageOf('user.login'));
    expect((await post(slack.url, 'slack', body)).statusCode).toBe(200);
    expect(await post(slack.url, 'slack', body)).toMatchObject({ statusCode: 429, retryAfter: '1' });
  });
});

describe('a strict fake of Teams', () => {
  test.for(anyEventTypes)('accepts the card of %s', async (type) => {
    await using teams = await startFakeTeams();
    const result = await post(teams.url, 'teams', toBody('teams', messageOf(type)));
    expect(result.statusCode).toBe(202);
    expect(isSuccess('teams', result)).toBe(true);
    expect(teams.messages).toHaveLength(1);
  });

  test('rejects the raw event and bodies above 28 KB', async () => {
    await using teams = await startFakeTeams();
    expect((await post(teams.url, 'teams', '{"event":"user.login"}')).statusCode).toBe(400);
    expect((await post(teams.url, 'teams', `"${'x'.repeat(29 * 1024)}"`)).statusCode).toBe(413);
  });

  test('requires the signature in its URL', async () => {
    await using teams = await startFakeTeams();
    const result = await post(teams.url.replace(/&sig=.*/, ''), 'teams', toBody('teams', messageOf('test')));
    expect(result.statusCode).toBe(401);
  });
});
