import type { FastifyInstance } from 'fastify';
import { listJsonProblems, type JsonProblem } from '@tocsin/shared';
import { apiError } from '../../../domain/errors.ts';
import type { BodyReader } from '../../http/body-reader.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Numbers and keys of the body that are not accepted. The procedure rejects them, each event by itself. */
    jsonProblems: readonly JsonProblem[] | undefined;
  }
}

/** Parses JSON bodies. An empty body counts as absent, because many clients always send Content-Type. */
export function registerBodyParser(app: FastifyInstance, bodies: BodyReader): void {
  app.decorateRequest('jsonProblems', undefined);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, payload, done) => {
    // The response does not depend on the body.
    if (request.is404) return done(null, undefined);
    bodies.read(request, payload, (failure, text = '') => {
      if (failure !== null) return done(failure);
      if (text === '') return done(null, undefined);
      let value: unknown;
      try {
        value = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
      } catch (cause) {
        return done(apiError('INVALID_INPUT', 'the body is not valid JSON', cause));
      }
      const problems = [...listJsonProblems(text)];
      if (problems.length > 0) request.jsonProblems = problems;
      done(null, value);
    });
  });
}
