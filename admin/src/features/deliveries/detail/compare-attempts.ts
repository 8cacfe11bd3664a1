import { attemptReasonLabels, type AttemptView } from '@tocsin/shared';
import { formatDateTime, formatDuration } from '../../../lib/format.ts';

export interface NumberedAttempt {
  readonly attempt: AttemptView;
  readonly number: number;
}

/** One fact of two attempts. */
export interface ComparedFact {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly isSame: boolean;
}

/** The fact that can have many lines. */
export const bodyFact = 'Response body';

/** Facts of two attempts, in the order of a request and its response. Headers only where they differ. */
export function compareAttempts(before: AttemptView, after: AttemptView): ComparedFact[] {
  const fact = (name: string, toText: (attempt: AttemptView) => string): ComparedFact => {
    const [a, b] = [toText(before), toText(after)];
    return { name, before: a, after: b, isSame: a === b };
  };
  return [
    fact('Time', ({ at }) => formatDateTime(at)),
    fact('Status', ({ statusCode }) => (statusCode === null ? 'none' : String(statusCode))),
    fact('Result', ({ reason }) => (reason === null ? 'Delivered' : attemptReasonLabels[reason])),
    fact('Duration', ({ durationMs }) => formatDuration(durationMs)),
    ...(before.request === null || after.request === null
      ? []
      : [
          fact('URL', ({ request }) => request?.url ?? ''),
          ...compareHeaders('Request', before.request.headers, after.request.headers),
        ]),
    ...(before.responseHeaders === null || after.responseHeaders === null
      ? []
      : compareHeaders('Response', before.responseHeaders, after.responseHeaders)),
    fact(bodyFact, ({ reply }) => (reply === '' ? 'empty' : reply)),
  ];
}

type Headers = readonly { readonly name: string; readonly value: string }[];

function compareHeaders(kind: 'Request' | 'Response', before: Headers, after: Headers): ComparedFact[] {
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names].sort().flatMap((name) => {
    const [a, b] = [toValues(before, name), toValues(after, name)];
    return a === b ? [] : { name: `${kind} ${name}`, before: a, after: b, isSame: false };
  });
}

function toValues(headers: Headers, wanted: string): string {
  const values = headers.filter(({ name }) => name === wanted).map(({ value }) => value);
  return values.length === 0 ? 'missing' : values.join(', ');
}
