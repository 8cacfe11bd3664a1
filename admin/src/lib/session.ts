import { queryOptions } from '@tanstack/react-query';
import type { Scope } from '@tocsin/shared';
import { createContext, useContext } from 'react';
import { apiErrorFromResponse, ApiError } from './api-error.ts';
import { fetchInTime } from './fetch-in-time.ts';

export interface Session {
  readonly actor: {
    readonly kind: 'root' | 'key';
    readonly accountId: string | null;
    /** The only app of the key. Null: all apps. */
    readonly appId: string | null;
    readonly scopes: readonly Scope[];
    readonly keyPrefix: string | null;
  };
  readonly csrfToken: string;
  readonly expiresAt: string;
}

/** The server requires this token on every mutation of a session. */
let csrfToken: string | undefined;

export function csrfHeaders(): Record<string, string> {
  return csrfToken === undefined ? {} : { 'x-tocsin-csrf': csrfToken };
}

/** The current session, or null when signed out. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    const response =
      (await takeEarlyResponse()) ?? (await fetchInTime('/session', { signal, headers: csrfHeaders() }));
    if (response.status === 401) {
      rememberSignedIn(false);
      return null;
    }
    return readSession(response);
  },
  staleTime: 60_000,
});

export async function signIn(token: string): Promise<Session> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  return readSession(response);
}

/** Ends this session, or all sessions of its key. */
export async function signOut({ everywhere }: { readonly everywhere: boolean }): Promise<void> {
  const response = await fetch(`/session${everywhere ? '?everywhere=true' : ''}`, {
    method: 'DELETE',
    headers: csrfHeaders(),
  });
  // A 401 means that the session has already ended, in another tab or with its key.
  if (!response.ok && response.status !== 401) throw await apiErrorFromResponse(response);
  csrfToken = undefined;
  rememberSignedIn(false);
}

/** The response that theme.js has asked for. Undefined: it was read before, or failed. */
async function takeEarlyResponse(): Promise<Response | undefined> {
  const page: { tocsinSession?: Promise<Response> | undefined } = window as never;
  const early = page.tocsinSession;
  page.tocsinSession = undefined;
  return await early?.catch(() => undefined);
}

/** For the first frame of the next visit, which theme.js shows before the session is known. */
function rememberSignedIn(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem('tocsin-signed-in', '');
    else localStorage.removeItem('tocsin-signed-in');
  } catch {
    // Without storage, the first frame is empty.
  }
}

async function readSession(response: Response): Promise<Session> {
  if (!response.ok) throw await apiErrorFromResponse(response);
  const session = (await response.json()) as Session;
  if (typeof session.csrfToken !== 'string') throw new ApiError('INTERNAL', 'the server returned no session');
  csrfToken = session.csrfToken;
  rememberSignedIn(true);
  return session;
}

const SessionContext = createContext<Session | null>(null);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession requires a signed-in user');
  return session;
}

/** Returns whether the current actor has a scope. Hide controls that need a missing one. */
export function useCan(): (scope: Scope) => boolean {
  const { actor } = useSession();
  return (scope) => {
    if (actor.kind === 'root') return true;
    if (scope === 'operator') return false;
    // Creating and deleting apps concerns the whole account.
    if (scope === 'apps:write' && actor.appId !== null) return false;
    return actor.scopes.includes('*') || actor.scopes.includes(scope);
  };
}
