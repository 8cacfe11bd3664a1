import { describe, expect, it } from 'vitest';
import { createRequestFactory } from '../../../../server/src/delivery/request/request-factory.ts';
import { aWebhook, anEvent } from '../../../support/builders.ts';
import { allVectors } from './vectors.ts';

/** The vectors signed with exactly one shared secret, as a webhook outside a rotation signs. */
const sent = allVectors.filter(
  ({ verifies, secrets, headers }) =>
    verifies && secrets.length === 1 && !/ |v1a,/.test(headers['webhook-signature'] ?? ''),
);

describe('the server sends the requests of the test vectors', () => {
  it.each(sent)('$profile: $name', ({ profile, secrets, headers, body }) => {
    const prepare = createRequestFactory({ decrypt: (text) => text });
    const envelope = JSON.parse(body) as Record<string, string>;
    const event = anEvent({
      ...(headers['webhook-id'] === undefined ? {} : { id: headers['webhook-id'] }),
      type: (envelope['type'] ?? envelope['event']) as 'user.login',
      timestamp: envelope['timestamp'] ?? '',
      dataText: body.slice(body.indexOf('"data":') + '"data":'.length, -1),
    });
    const at = Number(headers['webhook-timestamp'] ?? 0) * 1000;
    const request = prepare(aWebhook({ profile, secret: secrets[0] ?? '' })).request(event, at, 1000);
    expect(request.body).toBe(body);
    expect(request.headers).toMatchObject(headers);
  });
});
