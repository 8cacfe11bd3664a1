import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../components/ui/notice.tsx';
import { SignInPage } from '../features/sign-in/sign-in-page.tsx';
import { SessionProvider, sessionQuery } from '../lib/session.ts';
import { LiveUpdates } from './live-updates.tsx';
import { Routes } from './routes.tsx';
import { Shell } from './shell.tsx';

/** Shows the sign-in page until the user is signed in, then the requested page. */
export function RequireSession() {
  const session = useQuery({ ...sessionQuery, refetchInterval: 60_000 });
  if (session.data === undefined) {
    if (session.error === null) return null;
    return (
      <main className="pt-[15vh]">
        <ErrorNotice error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }
  if (session.data === null) return <SignInPage />;
  return (
    <SessionProvider value={session.data}>
      <LiveUpdates />
      <Shell>
        <Routes />
      </Shell>
    </SessionProvider>
  );
}
