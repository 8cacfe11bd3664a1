import { describe, expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { getDelivery, loginData } from '../../support/publishing.ts';
import type { ReceivedRequest } from '../../support/receiver.ts';

/*
 * A receiver may echo its request, as debug pages do. The webhook's secrets must not reach callers with
 * `deliveries:read` that way.
 */

const app = useTestApp({ env: { RETRY_SCHEDULE: '1ms' } });
const receiver = useReceiver({ answer: (request) => ({ status: 200, body: echo(request) }) });

const echo = ({ path, headers, text }: ReceivedRequest) => JSON.stringify({ path, headers, text });

/** What is stored of the replies to a delivery and to a test ping of a webhook, and its secret. */
async function repliesTo(input: object) {
  const { id: appOfIt } = await app.call('apps.create', { name: 'An app of its own' });
  const webhook = await app.call('webhooks.create', {
    appId: appOfIt,
    url: receiver.url,
    events: ['user.login'],
    ...input,
  });
  return { ...webhook, replies: async () => await sendBoth(webhook) };
}

async function sendBoth({ id, appId: appOfIt }: { id: string; appId: string }): Promise<string> {
  const ping = await app.call('webhooks.test', { id });
  const event = await app.call('events.publish', { appId: appOfIt, event: 'user.login', data: loginData });
  await app.whenIdle();
  const delivery = await getDelivery(app, event.id);
  const pinged = await app.call('deliveries.get', { id: ping.deliveryId });
  const replies = [ping.reply, pinged.attempts[0]?.reply, delivery.attempts[0]?.reply];
  for (const reply of replies) expect(reply).toMatch(/"path":"\//);
  return replies.join('\n');
}

describe('what is kept of a reply', () => {
  it('lacks the secret that Authon’s profile sends, and has the rest', async () => {
    const { secret, replies } = await repliesTo({ profile: 'authon' });
    const text = await replies();
    expect(text).not.toContain(secret.slice('whsec_'.length));
    expect(text).toContain('"x-webhook-secret":"[removed]"');
    expect(text).toContain('"user-agent":"');
    expect(text).toContain(loginData.hwid);
  });

  it('lacks both secrets while a rotation overlaps', async () => {
    const webhook = await repliesTo({ profile: 'authon' });
    const { secret } = await app.call('webhooks.rotateSecret', { id: webhook.id, overlapHours: 1 });
    receiver.answerWith((request) => ({
      status: 200,
      body: `${echo(request)} I know ${secret} and ${webhook.secret.replace('whsec_', '')}`,
    }));
    const text = await webhook.replies();
    receiver.answerWith((request) => ({ status: 200, body: echo(request) }));
    expect(text).toContain('I know [removed] and [removed]');
  });

  it('lacks the values of custom headers, whole and without their scheme', async () => {
    const { replies } = await repliesTo({
      headers: { authorization: 'Bearer abcdef0123456789', 'x-env': 'live', 'x-quoted': 'say "open sesame"' },
    });
    receiver.answerWith((request) => ({ status: 500, body: `${echo(request)} abcdef0123456789?` }));
    const text = await replies();
    receiver.answerWith((request) => ({ status: 200, body: echo(request) }));
    expect(text).not.toContain('abcdef0123456789');
    expect(text).not.toContain('open sesame');
    expect(text).toContain('"x-env":"live"');
  });

  it('lacks the token of a chat URL and of a query', async () => {
    const token = 'Zx81_kk-9QpLmN0aBcDeFgHiJkLmNoPqRsTuVwXyZ';
    const discord = await repliesTo({
      url: `${receiver.origin}/api/webhooks/123456789/${token}`,
      format: 'discord',
    });
    const text = await discord.replies();
    expect(text).not.toContain(token);
    expect(text).toContain('/api/webhooks/123456789/[removed]');
    const asJson = await repliesTo({ url: `${receiver.origin}/hook?sig=${token}%3D&version=2` });
    const other = await asJson.replies();
    expect(other).not.toContain(token);
    expect(other).toContain('/hook?sig=[removed]&version=2');
  });
});
