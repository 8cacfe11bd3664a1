import type { FastifyInstance } from 'fastify';
import { apiError } from '../../domain/errors.ts';

/**
 * JSON bodies of the REST adapter. An empty body counts as none, since clients send Content-Type with everything; a body
 * that is not JSON is refused by name; so is one that would plant a prototype.
 */
export function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  // fastify takes text/plain by itself; here nothing but JSON is a body.
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
