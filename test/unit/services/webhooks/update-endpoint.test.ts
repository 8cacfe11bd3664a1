import { describe, expect, it } from 'vitest';
import { rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { webhookServiceOn } from '../../../support/webhook-service.ts';

describe('the credentials for an endpoint', () => {
  const clientCertificate = { sealed: '{}', subject: 'CN=a', expiresAt: 0, fingerprint: 'AB' };
  const webhook = aWebhook({ headers: '{"x-token":"t","x-region":"eu"}', clientCertificate });

  it('are dropped, and named, if its URL gets another origin', async () => {
    const { service, webhooks } = webhookServiceOn([webhook]);
    const url = 'https://other.test/hook';
    const updated = await service.update(rootActor, webhook, { url, headers: { 'x-region': 'us' } });
    expect(updated).toMatchObject({ droppedHeaders: ['x-token'], droppedClientCertificate: true });
    expect(webhooks.get(webhook.id)).toMatchObject({
      url,
      headers: '{"x-region":"us"}',
      clientCertificate: null,
    });
  });

  it('stay if its URL changes within its origin', async () => {
    const { service, webhooks } = webhookServiceOn([webhook]);
    const updated = await service.update(rootActor, webhook, { url: new URL('/new', webhook.url).href });
    expect(updated).not.toHaveProperty('droppedHeaders');
    expect(updated).not.toHaveProperty('droppedClientCertificate');
    expect(webhooks.get(webhook.id)).toMatchObject({ headers: webhook.headers, clientCertificate });
  });
});

describe('a masked URL', () => {
  const url = 'https://example.com/hooks?key=0123456789abcdef';
  const masked = 'https://example.com/hooks?key=••••';

  it('stands for the stored one', async () => {
    const webhook = aWebhook({ url });
    const { service, webhooks, calls } = webhookServiceOn([webhook]);
    await service.update(rootActor, webhook, { url: masked, description: 'x' });
    expect(webhooks.get(webhook.id)).toMatchObject({ url, description: 'x', secret: webhook.secret });
    expect(calls.map(([name]) => name)).not.toContain('reset health');
  });

  it.each([masked, 'https://example.com/••••'])('%s is refused for another URL', async (given) => {
    const webhook = aWebhook();
    const { service, calls } = webhookServiceOn([webhook]);
    await expect(service.update(rootActor, webhook, { url: given })).rejects.toMatchObject({
      code: 'INVALID_URL',
      message: 'url contains the mask ••••; send the whole URL, or leave url out to keep the stored one',
    });
    expect(calls).toEqual([]);
  });
});
