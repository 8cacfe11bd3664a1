import type { Scope } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { Card } from '../components/ui/card.tsx';
import { ErrorNotice } from '../components/ui/notice.tsx';
import { Page } from '../components/ui/page.tsx';
import { ApiError } from '../lib/api-error.ts';
import { useCan } from '../lib/session.ts';

/** Shows a page only to callers with its scope, so that it offers nothing that the server would reject. */
export function RequireScope({ scope, children }: { readonly scope: Scope; readonly children: ReactNode }) {
  const can = useCan();
  if (can(scope)) return children;
  return (
    <Page title="No permission">
      <Card flush>
        <ErrorNotice error={new ApiError('SCOPE_MISSING', `this API key lacks the scope ${scope}`)} />
      </Card>
    </Page>
  );
}
