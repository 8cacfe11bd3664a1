import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Brand } from '../../components/ui/brand.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Field } from '../../components/ui/field.tsx';
import { toApiError } from '../../lib/api-error.ts';
import { signIn } from '../../lib/session.ts';
import { setSession } from '../../lib/trpc.ts';
import { toSentence } from '../../components/ui/notice.tsx';

/** Exchanges an API key or the root token for a session cookie. The token is not stored in the browser. */
export function SignInPage() {
  const [token, setToken] = useState('');
  const signInMutation = useMutation({ mutationFn: signIn, onSuccess: setSession });
  useEffect(() => {
    document.title = 'Sign in · Tocsin';
  }, []);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 px-4 pb-[12vh]">
      <Brand />
      <form
        className="flex w-full max-w-sm flex-col gap-5 rounded-2xl border border-line bg-surface p-6 shadow-card"
        onSubmit={(event) => {
          event.preventDefault();
          signInMutation.mutate(token.trim());
        }}
      >
        <div>
          <h1 className="text-lg font-semibold tracking-tight">Sign in</h1>
          <p className="mt-1 text-[0.9333rem] text-ink-2">
            Use an API key, or the root token to see all accounts.
          </p>
        </div>
        <Field
          label="API key or root token"
          error={
            signInMutation.error === null ? undefined : toSentence(toApiError(signInMutation.error).message)
          }
        >
          {(ids) => (
            <input
              {...ids}
              type="password"
              name="token"
              value={token}
              autoFocus
              autoComplete="current-password"
              spellCheck={false}
              placeholder="tsk_…"
              onChange={(event) => setToken(event.target.value)}
              className="field font-mono"
            />
          )}
        </Field>
        <Button
          type="submit"
          variant="primary"
          loading={signInMutation.isPending}
          disabled={token.trim() === ''}
        >
          Sign in
        </Button>
      </form>
      <p className="max-w-sm text-center text-[0.8667rem] text-ink-3">
        The server prints the location of its root token on startup. A session lasts 12 hours and ends within
        a second of revoking its key.
      </p>
    </main>
  );
}
