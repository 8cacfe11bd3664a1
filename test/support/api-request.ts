import type { AccessRule } from './access-rules.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** The request of a route below `/api/v1` with the input of its procedure: ids in the path, the rest in query or body. */
export function toApiRequest({ operation }: AccessRule, given: unknown): ApiRequest {
  const [method = '', route = ''] = operation.split(' ');
  const input = Object.entries(given ?? {});
  const isInPath = (name: string) => route.split('/').includes(`:${name}`);
  const path = input.reduce((text, [name, value]) => text.replace(`:${name}`, String(value)), route);
  const rest = input.filter(([name]) => !isInPath(name));
  if (method === 'POST' || method === 'PATCH' || method === 'PUT')
    return { method, path, body: Object.fromEntries(rest) };
  const query = new URLSearchParams(rest.map(([name, value]) => [name, String(value)])).toString();
  return { method, path: query === '' ? path : `${path}?${query}`, body: undefined };
}
