import type { EventPayload, KnownEvent, VerifyOptions, WebhookEvent } from '@tocsin/client/receiver';
import {
  expressReceiver,
  fastifyReceiver,
  honoReceiver,
  nodeReceiver,
  verify,
} from '@tocsin/client/receiver';
import type { RequestHandler } from 'express';
import type { FastifyPluginAsync } from 'fastify';
import type { Handler } from 'hono';
import type { RequestListener } from 'node:http';
import { describe, expectTypeOf, it } from 'vitest';

declare const event: WebhookEvent;
const options = { secret: 'whsec_AAAA' };

describe('a received event', () => {
  it('has the payload of its name', () => {
    if (event.type === 'license.created') {
      expectTypeOf(event.data).toEqualTypeOf<EventPayload<'license.created'>>();
      expectTypeOf(event.data.label).toEqualTypeOf<string | null>();
    }
  });

  it('has an untyped payload if its type is unknown', () => {
    if (event.type === 'unknown') expectTypeOf(event.data).toEqualTypeOf<Readonly<Record<string, unknown>>>();
  });

  it('can be switched over exhaustively', () => {
    const rest = (received: WebhookEvent): string => {
      switch (received.type) {
        case 'user.login':
        case 'user.register':
        case 'user.ban':
        case 'license.activate':
        case 'license.expire':
        case 'license.delete':
        case 'file.download':
        case 'session.create':
        case 'test':
          return 'authon';
        case 'license.validated':
        case 'license.created':
        case 'license.revoked':
        case 'license.activated':
        case 'license.hwid_bound':
        case 'license.hwid_reset':
        case 'license.deleted':
        case 'test.ping':
          return 'authforge';
        case 'unknown':
          return received.eventType;
        default:
          return received satisfies never;
      }
    };
    expectTypeOf(rest).returns.toEqualTypeOf<string>();
  });

  it('requires every case of a switch', () => {
    const rest = (received: KnownEvent<'user.ban' | 'user.login'>): string => {
      switch (received.type) {
        case 'user.ban':
          return received.data.reason;
        default:
          // @ts-expect-error user.login is left
          return received satisfies never;
      }
    };
    expectTypeOf(rest).returns.toEqualTypeOf<string>();
  });
});

describe('the options', () => {
  it('accept one secret or several, but none that may be undefined', () => {
    expectTypeOf({ secret: 's' }).toExtend<VerifyOptions>();
    expectTypeOf({ secrets: ['s', 't'] }).toExtend<VerifyOptions>();
    expectTypeOf({}).not.toExtend<VerifyOptions>();
    expectTypeOf({ secret: 's', secrets: ['t'] }).not.toExtend<VerifyOptions>();
    expectTypeOf<{ secret: string | undefined }>().not.toExtend<VerifyOptions>();
  });

  it('do not accept a parsed body', () => {
    // @ts-expect-error an object is not a body
    void verify({ body: { type: 'user.ban' }, headers: {} }, options);
  });
});

describe('the adapters', () => {
  it('are compatible with the frameworks’ types, which they do not import', () => {
    expectTypeOf(expressReceiver(options, () => undefined)).toExtend<RequestHandler>();
    expectTypeOf(honoReceiver(options, () => undefined)).toExtend<Handler>();
    expectTypeOf(fastifyReceiver(options, () => undefined)).toExtend<FastifyPluginAsync>();
    expectTypeOf(nodeReceiver(options, () => undefined)).toExtend<RequestListener>();
  });
});
