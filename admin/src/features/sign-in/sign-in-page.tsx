import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Brand } from '../../components/ui/brand.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Field } from '../../components/ui/field.tsx';
import { toRefusal } from '../../lib/api-error.ts';
import { signIn } from '../../lib/session.ts';
import { changeSession } from '../../lib/trpc.ts';
import { sentence } from '../../components/ui/notice.tsx';

/** The token is exchanged for a cookie that scripts cannot read, and is kept nowhere on this side. */
export function SignInPage() {
  const [token, setToken] = useState('');
  const enter = useMutation({ mutationFn: signIn, onSuccess: changeSession });
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
          enter.mutate(token.trim());
        }}
      >
        <div>
          <h1 className="text-lg font-semibold tracking-tight">Sign in</h1>
          <p className="mt-1 text-[0.9333rem] text-ink-2">
            With an API key, or with the root token to see every account.
          </p>
        </div>
        <Field
          label="API key or root token"
          problem={enter.error === null ? undefined : sentence(toRefusal(enter.error).message)}
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
        <Button type="submit" look="primary" isBusy={enter.isPending} disabled={token.trim() === ''}>
          Sign in
        </Button>
      </form>
      <p className="max-w-sm text-center text-[0.8667rem] text-ink-3">
        The server prints where it keeps its root token when it starts. A session lasts 12 hours and ends at
        once when its key is revoked.
      </p>
    </main>
  );
}
