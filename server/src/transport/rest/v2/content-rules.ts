import type { FastifyRequest } from 'fastify';
import { hasBody } from '../../http/body-rules.ts';

const produced: ReadonlySet<string> = new Set([
  '*/*',
  'application/*',
  'application/json',
  'application/problem+json',
]);

/** Why a request cannot be served as its headers ask. The error table has no codes for these statuses of HTTP. */
export interface ContentProblem {
  readonly status: 406 | 415;
  readonly message: string;
}

/** Checks that the body is JSON, and that the caller accepts JSON. Undefined if so. */
export function findContentProblem({ headers, raw }: FastifyRequest): ContentProblem | undefined {
  if (headers.accept !== undefined && !acceptsJson(headers.accept)) {
    return { status: 406, message: 'Accept: must include application/json, the type of all responses' };
  }
  if (!hasBody(raw)) return undefined;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    return { status: 415, message: 'Content-Type: must be application/json' };
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  return encoding === '' || encoding === 'identity'
    ? undefined
    : { status: 415, message: 'Content-Encoding: the body must not be compressed; omit the header' };
}

/** Whether one of the listed types is JSON and not excluded by `q=0`. */
function acceptsJson(header: string): boolean {
  return header.split(',').some((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const isExcluded = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    return (type === '' && header.trim() === '') || (produced.has(type) && !isExcluded);
  });
}
