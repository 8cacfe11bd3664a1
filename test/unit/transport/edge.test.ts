import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { createWebhookInput, publishInput } from '@tocsin/shared';
import { apiError } from '../../../server/src/domain/errors.ts';
import { bearerToken } from '../../../server/src/transport/http/bearer.ts';
import {
  inputErrorFromProblems,
  inputErrorFromValue,
} from '../../../server/src/transport/http/input-error.ts';
import { authforgeDialect, authonDialect } from '../../../server/src/transport/rest/dialect.ts';
import { toApiError } from '../../../server/src/transport/http/to-api-error.ts';

describe('the bearer token of a header', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER   af_live_0-9._~+/=  ', 'af_live_0-9._~+/='],
  ])('of %j is %j', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'abc',
    'Basic abc',
    'Bearer a b',
    'Bearerabc',
    ' Bearer abc',
    'Bearer é',
  ])('of %j is none', (header) => {
    expect(bearerToken(header)).toBeUndefined();
  });
});

describe('a complaint of a schema', () => {
  const complaintOf = (schema: z.ZodType, value: unknown) => {
    const { code, message } = inputErrorFromValue(schema, value);
    return [code, message];
  };
  const webhook = { appId: 'a', url: 'https://x.example', events: ['user.login'] };

  it('names the path of the value and what would be right', () => {
    expect(complaintOf(z.object({ a: z.object({ b: z.array(z.int()) }) }), { a: { b: [1, 'x'] } })).toEqual([
      'INVALID_INPUT',
      'a.b.1: must be a whole number, not a string',
    ]);
    expect(complaintOf(z.object({}), 'text')).toEqual([
      'INVALID_INPUT',
      'the input must be an object, not a string',
    ]);
  });

  it('has codes of its own for an unknown event and a bad url', () => {
    expect(complaintOf(createWebhookInput, { ...webhook, events: ['No'] })[0]).toBe('UNKNOWN_EVENT');
    expect(complaintOf(createWebhookInput, { ...webhook, events: [7] })[0]).toBe('UNKNOWN_EVENT');
    expect(complaintOf(publishInput, { appId: 'a', event: 'No', data: {} })[0]).toBe('UNKNOWN_EVENT');
    expect(complaintOf(createWebhookInput, { ...webhook, url: '' })[0]).toBe('INVALID_URL');
    expect(complaintOf(createWebhookInput, { ...webhook, events: [] })[0]).toBe('INVALID_INPUT');
    expect(complaintOf(createWebhookInput, { ...webhook, format: 'nope' })[0]).toBe('INVALID_INPUT');
    expect(complaintOf(z.strictObject({}), { url: 'x' })[0]).toBe('INVALID_INPUT');
  });

  it('has the general code if several fields have different ones', () => {
    expect(complaintOf(createWebhookInput, { ...webhook, url: '', events: ['No'] })).toEqual([
      'INVALID_INPUT',
      'url: must not be empty; events.0: unknown event "No"; a name has lower-case parts joined by dots, such as invoice.paid',
    ]);
  });

  it('names every field that is missing, unknown or wrong', () => {
    expect(complaintOf(publishInput, { appId: 'a', type: 'user.login', data: [] })).toEqual([
      'INVALID_INPUT',
      'event: is missing; it must be an event type, such as invoice.paid; data: must be an object, not an array; type: unknown field; did you mean "event"?',
    ]);
  });

  it('without an issue is still a sentence', () => {
    expect(inputErrorFromProblems([]).message).toBe('the request is not valid');
  });
});

describe('an error in a dialect', () => {
  const bodies = (code: Parameters<typeof apiError>[0]) =>
    [authonDialect, authforgeDialect].map((dialect) =>
      JSON.stringify(dialect.errorBody(apiError(code, 'why'))),
    );

  it('is flat, and has success: false first in that of Authon', () => {
    expect(bodies('FORBIDDEN')).toEqual([
      '{"success":false,"error":"forbidden","message":"why"}',
      '{"error":"forbidden","message":"why"}',
    ]);
  });

  it('has a word of its own for a bad credential', () => {
    expect(bodies('UNAUTHENTICATED')).toEqual([
      '{"success":false,"error":"invalid_token","message":"why"}',
      '{"error":"invalid_api_key","message":"why"}',
    ]);
  });
});

describe('an error out of a route', () => {
  it('that is an API error is passed on', () => {
    const known = apiError('NOT_FOUND', 'no webhook wh_1');
    expect(toApiError(known)).toBe(known);
  });

  it('that is a bug is told without its message', () => {
    for (const bug of [new Error('password=hunter2'), 'hunter2', undefined, { code: 'NOT_FOUND' }]) {
      const { code, message } = toApiError(bug);
      expect(code).toBe('INTERNAL');
      expect(message).not.toContain('hunter2');
    }
  });
});
