import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Actor } from '../../domain/access.ts';
import { TocsinError } from '../../domain/errors.ts';
import { endBy, toPublishDeadline } from '../../services/events/publish-deadline.ts';

/** Authenticates a request. Throws UNAUTHENTICATED. */
export type Authenticate = (request: FastifyRequest) => Actor | Promise<Actor>;

/** Returns an `onRequest` hook that authenticates the caller before the body is received. */
export function createAuthenticationHook(authenticate: Authenticate): onRequestHookHandler {
  return (request, _reply, done) => {
    const startedAt = performance.now();
    const onActor = (actor: Actor): void => {
      request.caller = { actor, webhook: undefined };
      done();
    };
    // Synchronous for a cached key, which the publish path depends on.
    try {
      const found = authenticate(request);
      if (!(found instanceof Promise)) return onActor(found);
      // The wait counts against the time of a publish call, so it must not use up all of it.
      endBy(found, toPublishDeadline(startedAt), tooSlowError).then((actor) => {
        request.checkedMs = performance.now() - startedAt;
        onActor(actor);
      }, done);
    } catch (error) {
      // `as`: fastify passes any thrown value to the error handler, which accepts all of them.
      done(error as Error);
    }
  };
}

function tooSlowError(): TocsinError {
  const message = 'the call was not executed: the database responds too slowly; try again in 2 s';
  return new TocsinError('UNAVAILABLE', message, { retryAfterSeconds: 2 });
}
