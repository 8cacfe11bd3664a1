import type {
  EventPayload,
  KnownEvent,
  LambdaEvent,
  VerifyOptions,
  WebhookEvent,
} from '@tocsin/client/receiver';
import {
  expressReceiver,
  fastifyReceiver,
  fetchReceiver,
  honoReceiver,
  lambdaReceiver,
  nodeReceiver,
  verify,
} from '@tocsin/client/receiver';
import type express from 'express';
import type { RequestHandler } from 'express';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Context, Handler } from 'hono';
import type { IncomingMessage, RequestListener } from 'node:http';
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

describe('a function as secret', () => {
  it('gets what the framework calls its handler with, under the types of the framework', () => {
    const byTenant = (request: express.Request) => request.params['tenant'] ?? null;
    expectTypeOf(expressReceiver({ secret: byTenant }, () => undefined)).toExtend<RequestHandler>();
    honoReceiver(
      { secret: (context: Context<{ Bindings: { KEY: string } }>) => context.env.KEY },
      () => undefined,
    );
    fastifyReceiver({ secret: (request: FastifyRequest) => request.hostname }, () => undefined);
    nodeReceiver({ secret: (request: IncomingMessage) => request.url ?? null }, () => undefined);
    nodeReceiver({ secret: ({ headers }) => (expectTypeOf(headers).not.toBeAny(), null) }, () => undefined);
    const worker = {
      fetch: fetchReceiver({ secret: (_: Request, env: { KEY: string }) => env.KEY }, () => undefined),
    };
    expectTypeOf(worker.fetch).toBeCallableWith(new Request('https://r.example'), { KEY: '' }, {});
    const byDomain = (event: LambdaEvent & { domain: string }, context: { functionName: string }) => [
      event.domain,
      context.functionName,
    ];
    lambdaReceiver({ secret: byDomain }, () => undefined);
    expectTypeOf({ secret: () => Promise.resolve(['a', 'b']) }).toExtend<VerifyOptions>();
  });

  it('does not return a value that may be undefined', () => {
    // @ts-expect-error an environment variable may be unset
    nodeReceiver({ secret: () => process.env['KEY'] }, () => undefined);
    // @ts-expect-error a number is no secret
    nodeReceiver({ secret: () => 1 }, () => undefined);
  });
});

describe('an event with an unknown shape', () => {
  it('has raw data, whatever becomes of it', () => {
    const reject = { ...options, onUnknownShape: 'reject' } as const;
    expectTypeOf(verify({ body: '', headers: {} }, reject)).resolves.toEqualTypeOf(event);
    if (event.type === 'unknown') {
      expectTypeOf(event.mismatch).toEqualTypeOf<string | undefined>();
      expectTypeOf(event.data).toEqualTypeOf<Readonly<Record<string, unknown>>>();
    }
    if (event.type === 'license.revoked') {
      expectTypeOf(event.data).toEqualTypeOf<EventPayload<'license.revoked'>>();
      // @ts-expect-error only an unknown event has it
      void event.mismatch;
    }
  });

  it('has two choices', () => {
    // @ts-expect-error there is no other
    void verify({ body: '', headers: {} }, { ...options, onUnknownShape: 'ignore' });
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
