import { describe, expect, it } from 'vitest';
import { createRequestFactories } from '../../../../server/src/delivery/request/request-factories.ts';
import { aWebhook, anEvent } from '../../../support/builders.ts';
import { allVectors } from './vectors.ts';

/** The vectors signed with exactly one shared secret, like the requests of a webhook outside a rotation. */
const sent = allVectors.filter(
  ({ verifies, secrets, headers }) =>
    verifies && secrets.length === 1 && !/ |v1a,/.test(headers['webhook-signature'] ?? ''),
);

describe('the server sends the requests of the test vectors', () => {
  it.each(sent)('$profile: $name', ({ profile, secrets, headers, body }) => {
    const getRequestFactory = createRequestFactories({
      secretBox: { decrypt: (text) => text },
      destinationLimits: { getWebhookLimits: () => expect.fail('not a chat service') },
    });
    const envelope = JSON.parse(body) as Record<string, string>;
    const event = anEvent({
      ...(headers['webhook-id'] === undefined ? {} : { id: headers['webhook-id'] }),
      type: (envelope['type'] ?? envelope['event']) as 'user.login',
      timestamp: envelope['timestamp'] ?? '',
      dataText: body.slice(body.indexOf('"data":') + '"data":'.length, -1),
    });
    const at = Number(headers['webhook-timestamp'] ?? 0) * 1000;
    const webhook = aWebhook({ profile, secret: secrets[0] ?? '' });
    const request = getRequestFactory(webhook).createRequest(event, at, 1000);
    expect(request.body).toBe(body);
    expect(request.headers).toMatchObject(headers);
  });
});
