import { useEffect } from 'react';
import { sessionQuery } from '../lib/session.ts';
import { changeNotices, queryClient } from '../lib/trpc.ts';

/** Keeps what is shown current while a user is signed in. */
export function LiveUpdates() {
  useEffect(
    () =>
      changeNotices.start(queryClient, () => {
        void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey });
      }),
    [],
  );
  return null;
}
