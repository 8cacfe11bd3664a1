import { describe, expect, it } from 'vitest';
import { findNamesWithin, findNearNames } from '../../../../shared/src/problems/near-name.ts';

/** Fields of the API. */
const fields = [
  'accountId',
  'appId',
  'cursor',
  'data',
  'enabled',
  'events',
  'event',
  'expiresAt',
  'idempotencyKey',
  'limit',
  'scopes',
  'since',
  'timestamp',
  'until',
  'url',
  'webhookId',
];

describe('the name that was probably meant', () => {
  it.each([
    ['event', ['eventType', 'event_name', 'topic', 'type']],
    ['events', ['types', 'event_types', 'enabledEvents', 'filterTypes', 'topics']],
    ['data', ['payload', 'body', 'content']],
    ['url', ['endpoint', 'target', 'targetUrl', 'uri', 'callback', 'callback_url', 'webhookUrl']],
    ['appId', ['app', 'application', 'application_id']],
    ['accountId', ['account', 'tenant', 'tenantId']],
    ['webhookId', ['webhook', 'endpoint_id']],
    ['enabled', ['active', 'disabled', 'isActive', 'is_enabled']],
    ['limit', ['pageSize', 'per_page', 'count', 'take']],
    ['cursor', ['page', 'page_token', 'starting_after', 'offset', 'iterator']],
    ['since', ['from', 'after', 'start']],
    ['until', ['to', 'before', 'end']],
    ['expiresAt', ['expires', 'expiry', 'expiration']],
    ['scopes', ['permissions', 'roles']],
    ['timestamp', ['time', 'occurredAt', 'created_at']],
    ['idempotencyKey', ['eventId', 'dedupe_key', 'deduplicationId']],
  ])('is %s for the names that other services use', (field, others) => {
    for (const other of others) expect([other, findNearNames(other, [field])]).toEqual([other, [field]]);
  });

  it('has another case or other separators', () => {
    for (const name of ['app_id', 'App-Id', 'APPID', 'app id']) {
      expect(findNearNames(name, fields)).toEqual(['appId']);
    }
    expect(findNearNames('APP_ID', ['appIds', 'appId'])).toEqual(['appId']);
    expect(findNearNames('APP_ID', ['appId', 'app-id', 'app.id', 'app/id'])).toEqual([
      'appId',
      'app-id',
      'app.id',
    ]);
  });

  it.each([
    ['cursr', ['cursor']],
    ['curzzor', ['cursor']],
    ['timestmap', ['timestamp']],
    ['Evnts', ['events', 'event']],
    ['urls', ['url']],
    ['rul', []],
    ['idempotencyKeyTwo', ['idempotencyKey']],
    ['idempotencyKeyFour', []],
    ['x', []],
    ['color', []],
    ['', []],
  ])('for %s differs in few characters: %j', (name, near) => {
    expect(findNearNames(name, fields)).toEqual(near);
  });

  it('is looked for in short names, too, if one character differs', () => {
    expect(findNearNames('urp', ['url'])).toEqual(['url']);
    expect(findNearNames('up', ['to'])).toEqual([]);
    expect(findNearNames('ab', ['abc'])).toEqual([]);
  });

  it('is one of three at most, the nearest first', () => {
    expect(
      findNearNames('webhook_1', ['webhook11x', 'webhook_2', 'webhook12', 'webhook_3', 'webhook_4']),
    ).toEqual(['webhook_2', 'webhook_3', 'webhook_4']);
    expect(findNearNames('payload', ['data', 'body', 'content', 'Data'])).toEqual([
      'data',
      'body',
      'content',
    ]);
  });

  it('is none for a name of more than 100 characters', () => {
    const long = 'a'.repeat(100);
    expect(findNearNames(long, [`${long}b`])).toEqual([`${long}b`]);
    expect(findNearNames(`${long}a`, [`${long}b`])).toEqual([]);
  });

  it('counts inserted, removed and replaced characters', () => {
    const distances = [0, 1, 2, 3, 4, 5].map((distance) =>
      findNamesWithin('kitten', ['sitting', 'Kitten', 'kittens', 'kit', 'mitten'], () => distance),
    );
    expect(distances).toEqual([
      ['Kitten'],
      ['Kitten', 'kittens', 'mitten'],
      ['Kitten', 'kittens', 'mitten'],
      ['Kitten', 'kittens', 'mitten'],
      ['Kitten', 'kittens', 'mitten'],
      ['Kitten', 'kittens', 'mitten'],
    ]);
    const lengths: number[] = [];
    findNamesWithin('abc', ['ab', 'abcd'], (length) => lengths.push(length));
    expect(lengths).toEqual([2, 3]);
    expect(findNamesWithin('kitten', ['sitting', 'kit'], () => 2)).toEqual([]);
  });
});
