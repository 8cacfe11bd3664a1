import { anyEventTypes } from '@tocsin/shared';
import { describe, expect, test } from 'vitest';
import { chatHeaders } from '../../../server/src/delivery/destinations/destination.ts';
import type { ChatFormat, ResolvedFormat } from '../../../server/src/delivery/destinations/registry.ts';
import { nextAllowedInMs } from '../../../server/src/delivery/destinations/destination-pace.ts';
import { destinationUrl } from '../../../server/src/delivery/destinations/destination-url.ts';
import { classifyDestinationResponse } from '../../../server/src/delivery/destinations/destination-verdict.ts';
import { discordBody } from '../../../server/src/delivery/destinations/discord.ts';
import { formatBody } from '../../../server/src/delivery/destinations/format-body.ts';
import type { SendResult } from '../../../server/src/domain/send-result.ts';
import { FakeClock } from '../../support/clock.ts';
import { startFakeDiscord } from '../../support/fake-discord.ts';
import { startFakeSlack } from '../../support/fake-slack.ts';
import { startFakeTeams } from '../../support/fake-teams.ts';
import { messageOf } from '../../support/message-of.ts';

async function post(
  url: string,
  format: ChatFormat,
  body: string,
): Promise<Extract<SendResult, { kind: 'answered' }>> {
  const target = destinationUrl(format, new URL(url));
  const response = await fetch(target, { method: 'POST', headers: chatHeaders(format, undefined), body });
  return {
    kind: 'answered',
    statusCode: response.status,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    headers: Object.fromEntries(response.headers),
    reply: await response.text(),
    durationMs: 0,
  };
}

/** As the engine will: what the destination says first, HTTP's rules where it says nothing. */
function succeeded(format: ResolvedFormat, result: Extract<SendResult, { kind: 'answered' }>): boolean {
  const verdict = classifyDestinationResponse(format, result);
  if (verdict !== undefined) return verdict.kind === 'success';
  return result.statusCode >= 200 && result.statusCode < 300;
}

describe('a strict Discord', () => {
  test.for(anyEventTypes)('posts the message of %s', async (type) => {
    await using discord = await startFakeDiscord();
    const result = await post(`${discord.url}?wait=true`, 'discord', formatBody('discord', messageOf(type)));
    expect(result).toMatchObject({ statusCode: 200 });
    expect(succeeded('discord', result)).toBe(true);
    expect(discord.messages).toEqual([discordBody(messageOf(type))]);
  });

  test('receives two headers of ours, and neither secret nor signature', async () => {
    await using discord = await startFakeDiscord();
    await post(discord.url, 'discord', formatBody('discord', messageOf('user.login')));
    const ours = Object.keys(discord.requests[0]?.headers ?? {}).filter((name) =>
      /^x-|^webhook-|^auth|secret|sign/.test(name),
    );
    expect(ours).toEqual([]);
    expect(discord.requests[0]?.headers).toMatchObject(chatHeaders('discord', undefined));
  });

  test.for([
    ['the raw event', 400, 50006, { event: 'user.login', timestamp: '2026-04-10T15:30:00.000Z', data: {} }],
    ['an embed without anything', 400, 50035, { embeds: [{ color: 1 }], allowed_mentions: { parse: [] } }],
    [
      'a title of 257',
      400,
      50035,
      { embeds: [{ title: 'x'.repeat(257), color: 1 }], allowed_mentions: { parse: [] } },
    ],
    ['mentions let through', 400, 50035, { embeds: [{ title: 'x', color: 1 }] }],
    ['a name with clyde', 400, 50035, { ...discordBody(messageOf('test')), username: 'Clyde 2' }],
    [
      'more than 6,000 in all',
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

  test('ends the webhook when it was deleted', async () => {
    await using discord = await startFakeDiscord();
    discord.removeWebhook();
    const result = await post(discord.url, 'discord', formatBody('discord', messageOf('user.login')));
    expect(classifyDestinationResponse('discord', result)).toMatchObject({
      kind: 'final',
      disable: 'destination_removed',
    });
  });

  test('has the time until its bucket refills in its headers, and accepts a message after it', async () => {
    const clock = new FakeClock();
    await using discord = await startFakeDiscord({ allow: { requests: 2, perMs: 400 }, clock });
    const body = formatBody('discord', messageOf('user.login'));
    const first = await post(discord.url, 'discord', body);
    const second = await post(discord.url, 'discord', body);
    expect(nextAllowedInMs('discord', first)).toBe(0);
    expect(nextAllowedInMs('discord', second)).toBe(400);

    clock.advance(399);
    const tooEarly = await post(discord.url, 'discord', body);
    expect(tooEarly.statusCode).toBe(429);
    expect(discord.invalidRequests).toBe(1);
    expect(classifyDestinationResponse('discord', tooEarly)).toMatchObject({
      kind: 'failure',
      slowsEndpoint: true,
      retryAfterMs: 1000,
    });

    clock.advance(1);
    expect((await post(discord.url, 'discord', body)).statusCode).toBe(204);
    expect(discord.messages).toHaveLength(3);
  });

  test.for(anyEventTypes)('posts the text of %s where it reads Slack’s bodies', async (type) => {
    await using discord = await startFakeDiscord();
    const result = await post(`${discord.url}/slack`, 'slack', formatBody('slack', messageOf(type)));
    expect(succeeded('slack', result)).toBe(true);
  });
});

describe('a strict Slack', () => {
  test.for(anyEventTypes)('posts the message of %s', async (type) => {
    await using slack = await startFakeSlack();
    const result = await post(slack.url, 'slack', formatBody('slack', messageOf(type)));
    expect(result).toMatchObject({ statusCode: 200, reply: 'ok' });
    expect(succeeded('slack', result)).toBe(true);
  });

  test.for(anyEventTypes)('starts a workflow with the variables of %s', async (type) => {
    await using slack = await startFakeSlack();
    const result = await post(
      slack.workflowUrl,
      'slack-workflow',
      formatBody('slack-workflow', messageOf(type)),
    );
    expect(succeeded('slack-workflow', result)).toBe(true);
    expect(slack.messages).toHaveLength(1);
  });

  test.for([
    ['the raw event', { event: 'user.login', data: {} }, 'no_text'],
    ['a mention', { text: '<!channel>' }, 'invalid_blocks'],
    ['an unescaped ampersand', { text: 'a & b' }, 'invalid_blocks'],
    [
      'an old field beside blocks',
      { text: 'x', attachments: [{ color: '#000000', fallback: 'x', footer: 'y', blocks: [] }] },
      'invalid_attachments',
    ],
    [
      'a header of 151',
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

  test('rejects blocks where a workflow expects flat strings', async () => {
    await using slack = await startFakeSlack();
    const result = await post(
      slack.workflowUrl,
      'slack-workflow',
      formatBody('slack', messageOf('user.login')),
    );
    expect(succeeded('slack-workflow', result)).toBe(false);
  });

  test.for(['no_service', 'channel_is_archived', 'invalid_token'] as const)(
    'ends the webhook with %s',
    async (word) => {
      await using slack = await startFakeSlack();
      slack.end(word);
      const result = await post(slack.url, 'slack', formatBody('slack', messageOf('user.login')));
      expect(classifyDestinationResponse('slack', result)).toMatchObject({
        kind: 'final',
        disable: 'destination_removed',
      });
    },
  );

  test('rejects a second message within the second', async () => {
    await using slack = await startFakeSlack({ perSecond: 1 });
    const body = formatBody('slack', messageOf('user.login'));
    expect((await post(slack.url, 'slack', body)).statusCode).toBe(200);
    expect(await post(slack.url, 'slack', body)).toMatchObject({ statusCode: 429, retryAfter: '1' });
  });
});

describe('a strict Teams', () => {
  test.for(anyEventTypes)('posts the card of %s', async (type) => {
    await using teams = await startFakeTeams();
    const result = await post(teams.url, 'teams', formatBody('teams', messageOf(type)));
    expect(result.statusCode).toBe(202);
    expect(succeeded('teams', result)).toBe(true);
    expect(teams.messages).toHaveLength(1);
  });

  test('rejects the raw event, and more than 28 KB', async () => {
    await using teams = await startFakeTeams();
    expect((await post(teams.url, 'teams', '{"event":"user.login"}')).statusCode).toBe(400);
    expect((await post(teams.url, 'teams', `"${'x'.repeat(29 * 1024)}"`)).statusCode).toBe(413);
  });

  test('wants the signature that is part of its URL', async () => {
    await using teams = await startFakeTeams();
    const result = await post(
      teams.url.replace(/&sig=.*/, ''),
      'teams',
      formatBody('teams', messageOf('test')),
    );
    expect(result.statusCode).toBe(401);
  });
});
