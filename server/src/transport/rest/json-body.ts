import type { FastifyInstance } from 'fastify';
import { listJsonProblems } from '@tocsin/shared';
import { apiError, type TocsinError } from '../../domain/errors.ts';
import type { BodyReader } from '../http/body-reader.ts';
import { inputErrorFromJson } from '../http/input-error.ts';

/**
 * Parses JSON bodies and rejects all other content types. An empty body counts as absent, because many
 * clients always send Content-Type. Rejects invalid JSON, numbers that a double does not hold exactly, and
 * bodies with `__proto__` or `constructor.prototype` keys (prototype pollution).
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
      void parse(request, text, (cause, value: unknown) => {
        const error = findBodyError(text, cause);
        if (error === undefined) done(null, value);
        else done(error);
      });
    });
  });
}

/** Fastify reports a forbidden key like invalid JSON, so the text shows which of the two it is. */
function findBodyError(text: string, cause: Error | null): TocsinError | undefined {
  const problems = [...listJsonProblems(text)];
  if (problems.length > 0) return inputErrorFromJson(problems);
  return cause === null ? undefined : apiError('INVALID_INPUT', 'the body is not valid JSON', cause);
}
