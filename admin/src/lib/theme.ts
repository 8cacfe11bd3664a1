import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';

const key = 'tocsin-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function chosen(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

function apply(): void {
  const theme = chosen();
  document.documentElement.classList.toggle('dark', theme === 'dark' || (theme === 'system' && dark.matches));
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  // The system's choice may change while the page is open, at dusk for instance.
  if (listeners.size === 0) dark.addEventListener('change', apply);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) dark.removeEventListener('change', apply);
  };
}

export function setTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
    document.documentElement.classList.toggle('dark', theme === 'dark');
  }
  apply();
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, chosen);
}

export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => document.documentElement.classList.contains('dark'));
}
