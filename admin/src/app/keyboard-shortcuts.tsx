import type { Scope } from '@tocsin/shared';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { Dialog } from '../components/ui/dialog.tsx';
import { useCan } from '../lib/session.ts';

/** After `g`, a second key within this time opens a page. */
const sequenceMs = 1_500;

interface PageKey {
  readonly key: string;
  readonly href: string;
  readonly label: string;
  /** Hidden from keys without this scope. */
  readonly scope?: Scope;
}

const pageKeys: readonly PageKey[] = [
  { key: 'o', href: '/', label: 'Overview', scope: 'deliveries:read' },
  { key: 'i', href: '/incidents', label: 'Incidents', scope: 'deliveries:read' },
  { key: 'a', href: '/apps', label: 'Apps & webhooks', scope: 'webhooks:read' },
  { key: 'e', href: '/events', label: 'Events', scope: 'events:read' },
  { key: 'd', href: '/deliveries', label: 'Deliveries', scope: 'deliveries:read' },
  { key: 'l', href: '/live', label: 'Live tail', scope: 'events:read' },
  { key: 'p', href: '/events/publish', label: 'Publish', scope: 'events:publish' },
  { key: 'c', href: '/catalog', label: 'Event catalog' },
  { key: 'r', href: '/alerts', label: 'Alerts', scope: 'webhooks:read' },
  { key: 'k', href: '/keys', label: 'API keys', scope: 'keys:write' },
  { key: 'u', href: '/audit', label: 'Audit log', scope: '*' },
];

/** `?` lists the shortcuts, and `g` with a letter opens a page. */
export function KeyboardShortcuts() {
  const [isOpen, setOpen] = useState(false);
  const [, navigate] = useLocation();
  const can = useCan();
  const visible = pageKeys.filter(({ scope }) => scope === undefined || can(scope));
  useEffect(() => {
    let sequenceFrom = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      if (isForField(event)) return;
      if (event.key === '?') {
        event.preventDefault();
        setOpen(true);
      }
      const isSecond = event.timeStamp - sequenceFrom < sequenceMs;
      sequenceFrom = event.key === 'g' && !isSecond ? event.timeStamp : -Infinity;
      const page = isSecond ? visible.find(({ key }) => key === event.key) : undefined;
      if (page === undefined) return;
      event.preventDefault();
      setOpen(false);
      navigate(page.href);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return (
    <Dialog title="Keyboard shortcuts" open={isOpen} onClose={() => setOpen(false)}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-5 gap-y-2 text-[0.9333rem]">
        <Shortcut keys={['/']} label="Search" />
        <Shortcut keys={['?']} label="Show this list" />
        {visible.map(({ key, label }) => (
          <Shortcut key={key} keys={['g', key]} label={`Open ${label}`} />
        ))}
      </dl>
    </Dialog>
  );
}

/** Whether a key press is for a field or has a modifier, so that it is no shortcut. */
function isForField({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  const isTyping =
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
  return isTyping || ctrlKey || metaKey || altKey;
}

function Shortcut({ keys, label }: { readonly keys: readonly string[]; readonly label: string }) {
  return (
    <div className="contents">
      <dt className="flex gap-1">
        {keys.map((key) => (
          <kbd
            key={key}
            className="inline-flex h-6 min-w-6 items-center justify-center rounded border border-line-strong bg-sunken px-1.5 font-mono text-xs"
          >
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{label}</dd>
    </div>
  );
}
