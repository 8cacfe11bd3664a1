import type { FastifyInstance } from 'fastify';
import { apiError } from '../../domain/errors.ts';

/**
 * Parses JSON bodies and rejects all other content types. An empty body counts as absent, because many
 * clients always send Content-Type. Rejects invalid JSON and bodies with `__proto__` or
 * `constructor.prototype` keys (prototype pollution).
 */
export function registerJsonBodyParser(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  // Fastify also accepts text/plain by default.
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = typeof body === 'string' ? body : body.toString('utf8');
    if (text === '') return done(null, undefined);
    return parse(request, text, (error, value: unknown) => {
      if (error) done(apiError('INVALID_INPUT', 'the body is not valid JSON', error));
      else done(null, value);
    });
  });
}
