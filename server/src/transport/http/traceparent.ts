import type { FastifyRequest } from 'fastify';

/** W3C Trace Context: version, trace, span, flags. A later version may have more behind them. */
const form = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]*)?$/;

/** A later version's additions are short; what is longer is no trace context but somebody's attempt at storing something. */
const maxLength = 128;

/** The caller's place in a trace. A header that is not valid is as good as none, as the standard asks. */
export function getTraceparent(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const given = request.headers['traceparent'];
  return typeof given === 'string' && given.length <= maxLength && form.test(given) ? given : undefined;
}
