import { useMutation } from '@tanstack/react-query';
import { ChevronsUpDown, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { toast } from '../components/ui/toast.tsx';
import { toApiError } from '../lib/api-error.ts';
import { signOut, useSession } from '../lib/session.ts';
import { setTheme, useTheme, type Theme } from '../lib/theme.ts';
import { setSession } from '../lib/trpc.ts';

const themes: readonly { readonly theme: Theme; readonly label: string; readonly icon: ReactNode }[] = [
  { theme: 'light', label: 'Light', icon: <Sun aria-hidden className="size-4" /> },
  { theme: 'dark', label: 'Dark', icon: <Moon aria-hidden className="size-4" /> },
  { theme: 'system', label: 'System', icon: <Monitor aria-hidden className="size-4" /> },
];

const itemClassName =
  'flex h-8.5 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-[0.9333rem] outline-none select-none data-highlighted:bg-sunken';

/** The current actor, the theme and signing out. */
export function AccountMenu() {
  const { actor } = useSession();
  const theme = useTheme();
  const signOutMutation = useMutation({
    mutationFn: signOut,
    onSuccess: () => setSession(null),
    onError: (error) => toast(toApiError(error).message, 'bad'),
  });
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="flex w-full items-center gap-2.5 rounded-lg px-2 py-1.5 text-left transition-colors hover:bg-sunken">
        <span
          aria-hidden
          className="inline-flex size-7 items-center justify-center rounded-full bg-sunken text-ink-2"
        >
          <UserRound className="size-4" />
        </span>
        <span className="min-w-0 flex-1">
          <span className="block truncate text-[0.8667rem] font-medium">
            {actor.kind === 'root' ? 'Operator' : <code className="font-mono">{actor.keyPrefix}…</code>}
          </span>
          <span className="block truncate text-xs text-ink-3">
            {actor.kind === 'root' ? 'Root token' : actor.accountId}
          </span>
        </span>
        <ChevronsUpDown aria-hidden className="size-4 text-ink-3" />
        <span className="sr-only">Account and appearance</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          side="top"
          align="start"
          sideOffset={6}
          className="z-50 w-54 rounded-xl border border-line bg-surface p-1.5 shadow-pop"
        >
          <DropdownMenu.Label className="px-2.5 pt-1 pb-1.5 text-xs text-ink-3">
            Appearance
          </DropdownMenu.Label>
          <DropdownMenu.RadioGroup value={theme} onValueChange={(value) => setTheme(value as Theme)}>
            {themes.map((option) => (
              <DropdownMenu.RadioItem key={option.theme} value={option.theme} className={itemClassName}>
                <span className="text-ink-3">{option.icon}</span>
                {option.label}
                <DropdownMenu.ItemIndicator className="ml-auto size-1.5 rounded-full bg-accent" />
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
          <DropdownMenu.Item
            onSelect={() => signOutMutation.mutate({ everywhere: false })}
            className={itemClassName}
          >
            <LogOut aria-hidden className="size-4 text-ink-3" />
            Sign out
          </DropdownMenu.Item>
          <DropdownMenu.Item
            onSelect={() => signOutMutation.mutate({ everywhere: true })}
            className={itemClassName}
          >
            <LogOut aria-hidden className="size-4 text-ink-3" />
            Sign out everywhere
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
