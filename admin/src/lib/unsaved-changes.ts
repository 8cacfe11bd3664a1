import { createContext, useContext, useEffect } from 'react';
import type { NavigationGuard } from './navigation-guard.ts';

export const NavigationGuardContext = createContext<NavigationGuard | null>(null);

export function useNavigationGuard(): NavigationGuard {
  const guard = useContext(NavigationGuardContext);
  if (guard === null) throw new Error('useNavigationGuard requires the provider of main.tsx');
  return guard;
}

/** Asks before the page is left while it has unsaved changes. */
export function useUnsavedChanges(hasChanges: boolean): void {
  const guard = useNavigationGuard();
  useEffect(() => (hasChanges ? guard.block() : undefined), [guard, hasChanges]);
}
