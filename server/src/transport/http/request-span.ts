import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestSpan, Tracer } from '../../domain/ports/tracing.ts';
import { readTraceparent } from './traceparent.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined when tracing is off, and for probes and scrapes. */
    span: RequestSpan | undefined;
  }
}

/** Probes and scrapes come every few seconds and say nothing of any caller. */
const untracedRoutes: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * Gives each request a span, from its headers to the end of its response. The span of a live subscription ends when its
 * stream opens, because the stream can last for days. Without a tracer, requests pay nothing: there are no hooks.
 */
export function registerRequestSpans(app: FastifyInstance, tracer: Tracer | undefined): void {
  app.decorateRequest('span', undefined);
  if (tracer === undefined) return;
  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (route !== undefined && untracedRoutes.has(route)) return done();
    const span = startSpan(tracer, request, route);
    request.span = span;
    // Fires after the response, and when the caller hangs up before it.
    reply.raw.once('close', () => {
      if (!isEventStream(reply)) endSpan(span, reply);
    });
    // Fastify binds what follows the body to the same context.
    span.run(done);
  });
  app.addHook('onSend', ({ span }, _reply, payload, done) => {
    // tRPC sends a response of the fetch standard, which fastify unpacks after this hook.
    if (
      span !== undefined &&
      payload instanceof Response &&
      isStreamType(payload.headers.get('content-type'))
    ) {
      span.end(undefined, toAttributes(payload.status));
    }
    done();
  });
}

function startSpan(tracer: Tracer, request: FastifyRequest, route: string | undefined): RequestSpan {
  return tracer.request({
    id: request.id,
    method: request.method,
    path: request.url.split('?', 1)[0] ?? '',
    route,
    scheme: request.protocol,
    host: request.hostname,
    port: request.port,
    traceparent: readTraceparent(request),
  });
}

function isEventStream(reply: FastifyReply): boolean {
  return isStreamType(String(reply.getHeader('content-type')));
}

function isStreamType(contentType: string | null): boolean {
  return contentType?.startsWith('text/event-stream') === true;
}

function endSpan(span: RequestSpan, reply: FastifyReply): void {
  const { statusCode } = reply;
  const { headersSent, writableFinished } = reply.raw;
  if (!writableFinished) span.end('aborted', headersSent ? toAttributes(statusCode) : {});
  // A refused request is no failure of the server.
  else span.end(statusCode >= 500 ? String(statusCode) : undefined, toAttributes(statusCode));
}

function toAttributes(statusCode: number): Readonly<Record<string, number>> {
  return { 'http.response.status_code': statusCode };
}
