import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { FirstOpenerContext } from '../components/ui/dialog-opener.ts';
import { Toasts } from '../components/ui/toast.tsx';
import { NavigationGuard } from '../lib/navigation-guard.ts';
import { queryClient } from '../lib/trpc.ts';
import { NavigationGuardContext } from '../lib/unsaved-changes.ts';
// oxlint-disable-next-line import/no-unassigned-import -- a stylesheet exports nothing
import '../styles.css';
import { LeaveDialog } from './leave-dialog.tsx';
import { RequireSession } from './require-session.tsx';
import { preloadPageAt } from './routes.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

preloadPageAt(location.pathname);

const guard = new NavigationGuard();
guard.listen();

const firstOpener = { current: null };

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <NavigationGuardContext value={guard}>
        <FirstOpenerContext value={firstOpener}>
          <Router aroundNav={(navigate, to, options) => guard.run(to, () => navigate(to, options))}>
            <RequireSession />
          </Router>
          <LeaveDialog />
        </FirstOpenerContext>
      </NavigationGuardContext>
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
