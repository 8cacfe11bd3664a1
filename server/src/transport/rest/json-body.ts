import type { FastifyInstance } from 'fastify';
import { apiError } from '../../domain/errors.ts';
import type { BodyReader } from '../http/body-reader.ts';

/**
 * Parses JSON bodies and rejects all other content types. An empty body counts as absent, because many
 * clients always send Content-Type. Rejects invalid JSON and bodies with `__proto__` or
 * `constructor.prototype` keys (prototype pollution).
 */
export function registerJsonBodyParser(app: FastifyInstance, bodies: BodyReader): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  // Fastify also accepts text/plain by default.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, payload, done) => {
    // The response does not depend on the body, and the caller may be anyone.
    if (request.is404) return done(null, undefined);
    bodies.read(request, payload, (failure, text = '') => {
      if (failure !== null) return done(failure);
      if (text === '') return done(null, undefined);
      void parse(request, text, (error, value: unknown) => {
        if (error) done(apiError('INVALID_INPUT', 'the body is not valid JSON', error));
        else done(null, value);
      });
    });
  });
}
