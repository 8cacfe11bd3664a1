import type { LookupOutcome } from '../../domain/ports/telemetry.ts';

/** The code of a lookup that could not start in time, because its account has too many others. */
export const lookupLimitCode = 'ELOOKUPLIMIT';

/** The code of c-ares for a name whose name servers do not answer. */
export const timeoutCode = 'ETIMEOUT';

/** What the codes of c-ares mean. Other codes stand for themselves. */
const meanings: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such name',
  ENODATA: 'the name has no address',
  [timeoutCode]: 'no answer from the name servers in time',
  ESERVFAIL: 'the name servers of the domain fail',
  EREFUSED: 'the name server refuses to answer',
  ENOTIMP: 'the name server does not support the query',
  EFORMERR: 'the name server does not understand the query',
  EBADRESP: 'the name server sends an invalid answer',
  EBADNAME: 'not a valid DNS name',
  ECONNREFUSED: 'no name server can be reached',
  [lookupLimitCode]: 'too many other lookups of this account',
};

/** Names a code, and what it means. For logs: contains no host name. */
export function describeLookupFailure(code: string): string {
  const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  return meaning === undefined ? code : `${code}: ${meaning}`;
}

/** Whether a code says for certain that a name has no addresses. Another name server would say the same. */
export function isCertain(code: string): boolean {
  return code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EBADNAME';
}

export function toLookupOutcome(code: string): LookupOutcome {
  if (isCertain(code)) return 'not_found';
  if (code === timeoutCode) return 'timeout';
  return code === lookupLimitCode ? 'limited' : 'server_failed';
}

/** A lookup that found no address. Its message contains no host name. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
  readonly code: string;

  constructor(code: string) {
    super(describeLookupFailure(code));
    this.code = code;
  }
}
