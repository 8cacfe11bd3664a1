import type { DeliveryStatus, EndpointState } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { healthWords } from '../../lib/labels.ts';
import { classNames } from './class-names.ts';

export type Tone = 'ok' | 'bad' | 'warn' | 'idle' | 'accent';

/** Text on its ground. */
export const grounds: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  idle: 'bg-sunken text-ink-2',
  accent: 'bg-accent-soft text-accent',
};

const dots: Record<Tone, string> = {
  ok: 'bg-ok-fill',
  bad: 'bg-bad-fill',
  warn: 'bg-warn-fill',
  idle: 'bg-idle-fill',
  accent: 'bg-accent',
};

export function Badge({
  tone,
  children,
  hasDot = false,
}: {
  readonly tone: Tone;
  readonly children: ReactNode;
  readonly hasDot?: boolean;
}) {
  return (
    <span
      className={classNames(
        'inline-flex h-5.5 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap',
        grounds[tone],
      )}
    >
      {hasDot && <Dot tone={tone} />}
      {children}
    </span>
  );
}

export function Dot({ tone, isLive = false }: { readonly tone: Tone; readonly isLive?: boolean }) {
  return (
    <span aria-hidden className="relative inline-flex size-1.5">
      {isLive && (
        <span className={classNames('absolute inset-0 animate-ping rounded-full opacity-60', dots[tone])} />
      )}
      <span className={classNames('relative size-1.5 rounded-full', dots[tone])} />
    </span>
  );
}

export const statusTones: Record<DeliveryStatus, Tone> = {
  delivered: 'ok',
  failed: 'bad',
  pending: 'warn',
  cancelled: 'idle',
};

export function StatusBadge({ status }: { readonly status: DeliveryStatus }) {
  return (
    <Badge tone={statusTones[status]} hasDot>
      {status}
    </Badge>
  );
}

export const healthTones: Record<EndpointState, Tone> = {
  healthy: 'ok',
  failing: 'warn',
  paused: 'bad',
  disabled: 'idle',
};

export function HealthBadge({ state }: { readonly state: EndpointState }) {
  return (
    <Badge tone={healthTones[state]} hasDot>
      {healthWords[state]}
    </Badge>
  );
}
