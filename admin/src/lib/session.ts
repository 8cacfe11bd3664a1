import { queryOptions } from '@tanstack/react-query';
import type { Scope } from '@tocsin/shared';
import { createContext, useContext } from 'react';
import { refusalFrom, Refusal } from './api-error.ts';

export interface Session {
  readonly actor: {
    readonly kind: 'root' | 'key';
    readonly accountId: string | null;
    readonly scopes: readonly Scope[];
    readonly keyPrefix: string | null;
  };
  readonly csrfToken: string;
  readonly expiresAt: string;
}

/** Sent with whatever changes something; the server asks every session for it. */
let csrfToken: string | undefined;

export function csrfHeaders(): Record<string, string> {
  return csrfToken === undefined ? {} : { 'x-tocsin-csrf': csrfToken };
}

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    const response = await fetch('/session', { signal });
    if (response.status === 401) return null;
    return remember(response);
  },
  staleTime: 60_000,
});

export async function signIn(token: string): Promise<Session> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  return remember(response);
}

export async function signOut(): Promise<void> {
  const response = await fetch('/session', { method: 'DELETE', headers: csrfHeaders() });
  // Signed out already, on another tab or by the end of the key, is as good.
  if (!response.ok && response.status !== 401) throw await refusalFrom(response);
  csrfToken = undefined;
}

async function remember(response: Response): Promise<Session> {
  if (!response.ok) throw await refusalFrom(response);
  const session = (await response.json()) as Session;
  if (typeof session.csrfToken !== 'string') throw new Refusal('INTERNAL', 'the server sent no session');
  csrfToken = session.csrfToken;
  return session;
}

const SessionContext = createContext<Session | null>(null);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('this page is shown to those who are signed in only');
  return session;
}

/** Whether the one who is signed in may do what needs `scope`. What may not be done is not offered. */
export function useCan(): (scope: Scope) => boolean {
  const { actor } = useSession();
  return (scope) => {
    if (actor.kind === 'root') return true;
    if (scope === 'operator') return false;
    return actor.scopes.includes('*') || actor.scopes.includes(scope);
  };
}
