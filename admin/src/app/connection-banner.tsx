import { WifiOff } from 'lucide-react';
import { useEffect, useSyncExternalStore } from 'react';
import { Time } from '../components/ui/time.tsx';
import { connection, queryClient } from '../lib/trpc.ts';
import { sessionQuery } from '../lib/session.ts';

/** How often the connection is tried while it is lost, in milliseconds. */
const probeMs = 3_000;

/** Says that the server does not respond, and since when the data on the page is old. */
export function ConnectionBanner() {
  const { status, dataFrom } = useSyncExternalStore(connection.subscribe, connection.getState);
  useEffect(() => {
    if (status === 'ok') return;
    const timer = setInterval(probe, probeMs);
    return () => clearInterval(timer);
  }, [status]);
  useEffect(() => {
    window.addEventListener('offline', probe);
    window.addEventListener('online', probe);
    return () => {
      window.removeEventListener('offline', probe);
      window.removeEventListener('online', probe);
    };
  }, []);
  return (
    <div role="status">
      {status !== 'ok' && (
        <p className="border-b border-line bg-warn-soft text-[0.8667rem] text-warn">
          <span className="mx-auto flex max-w-6xl items-center gap-2 px-4 py-2 sm:px-6 lg:px-8">
            <WifiOff aria-hidden className="size-4 shrink-0" />
            <span className="min-w-0">
              <b className="font-semibold">{toSentence(status)}</b>{' '}
              {dataFrom !== undefined && (
                <>
                  This page shows data from <Time at={new Date(dataFrom).toISOString()} format="clock" />
                  .{' '}
                </>
              )}
              Reconnecting…
            </span>
          </span>
        </p>
      )}
    </div>
  );
}

function toSentence(status: 'lost' | 'unavailable'): string {
  if (status === 'unavailable') return 'The server is temporarily unavailable.';
  return navigator.onLine ? 'The server does not respond.' : 'You are offline.';
}

/** Loads again what failed to load. The session is always loaded, because a page may have no other query. */
function probe(): void {
  void queryClient.refetchQueries({
    type: 'active',
    predicate: ({ queryKey, state }) => queryKey[0] === sessionQuery.queryKey[0] || state.status === 'error',
  });
}
