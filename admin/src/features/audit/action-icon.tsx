import {
  Activity,
  AppWindow,
  BookOpen,
  Building2,
  KeyRound,
  ShieldCheck,
  SquarePen,
  Webhook,
  type LucideIcon,
} from 'lucide-react';
import { toneBackgrounds, type Tone } from '../../components/ui/badge.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { endsTarget, toSubject, type AuditEntry } from './audit-entry.ts';

const icons: Readonly<Record<string, LucideIcon>> = {
  webhook: Webhook,
  delivery: Activity,
  deliveries: Activity,
  app: AppWindow,
  event_type: BookOpen,
  key: KeyRound,
  account: Building2,
  encryption_key: ShieldCheck,
};

/** The kind of object, in the color of what happened to it. */
export function ActionIcon({ action }: { readonly action: AuditEntry['action'] }) {
  const Icon = icons[toSubject(action)] ?? SquarePen;
  return (
    <span
      aria-hidden
      className={classNames(
        'mt-0.5 inline-flex size-8 shrink-0 items-center justify-center rounded-full',
        toneBackgrounds[toTone(action)],
      )}
    >
      <Icon className="size-4" />
    </span>
  );
}

function toTone(action: AuditEntry['action']): Tone {
  if (action.endsWith('.created') || action.endsWith('.registered')) return 'ok';
  if (endsTarget(action) || action.endsWith('.revoked')) return 'bad';
  return action.endsWith('.disabled') || action.endsWith('.cancelled') ? 'warn' : 'idle';
}
