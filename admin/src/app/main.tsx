import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Toasts } from '../components/ui/toast.tsx';
import { queryClient } from '../lib/trpc.ts';
// oxlint-disable-next-line import/no-unassigned-import -- a stylesheet exports nothing
import '../styles.css';
import { RequireSession } from './require-session.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RequireSession />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
