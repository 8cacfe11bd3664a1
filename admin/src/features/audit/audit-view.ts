import type { AuditFilter } from '@tocsin/shared';
import { useMemo } from 'react';
import { useUrlState } from '../../lib/url-state.ts';
import { actionLabels, type AuditEntry } from './audit-entry.ts';

const names = ['app', 'actor', 'action', 'target', 'span', 'since', 'until', 'cursor'] as const;

/** The filters in the address. */
export type AuditView = Readonly<Record<(typeof names)[number], string | undefined>>;
export type SetAuditView = ReturnType<typeof useUrlState<(typeof names)[number]>>[1];

export function useAuditView(): readonly [AuditView, SetAuditView] {
  return useUrlState(names);
}

const hourMs = 60 * 60_000;

/** The spans up to now. */
const spanMs: Readonly<Record<string, number>> = {
  '1h': hourMs,
  '24h': 24 * hourMs,
  '7d': 7 * 24 * hourMs,
  '30d': 30 * 24 * hourMs,
};

/** The filter of the query. A span begins when it is selected, so that pages of it fit together. */
export function useAuditFilter({ app, actor, action, target, span, since, until }: AuditView): AuditFilter {
  const spanStart = useMemo(() => {
    const ms = span === undefined ? undefined : spanMs[span];
    return ms === undefined ? undefined : new Date(Date.now() - ms).toISOString();
  }, [span]);
  return {
    appId: app,
    action: isAction(action) ? action : undefined,
    targetId: target,
    since: spanStart ?? toTime(since),
    until: spanStart === undefined ? toTime(until) : undefined,
    ...toActor(actor),
  };
}

export function hasFilter(view: AuditView): boolean {
  return names.some((name) => name !== 'cursor' && view[name] !== undefined);
}

function toActor(actor: string | undefined): Pick<AuditFilter, 'keyId' | 'actorKind'> {
  if (actor === undefined) return {};
  return isKind(actor) ? { actorKind: actor } : { keyId: actor };
}

function isKind(actor: string): actor is AuditEntry['actor']['kind'] {
  return ['root', 'key', 'token', 'system'].includes(actor);
}

function isAction(action: string | undefined): action is AuditEntry['action'] {
  return action !== undefined && Object.hasOwn(actionLabels, action);
}

/** Undefined: the address has no time, or none that can be read. */
function toTime(text: string | undefined): string | undefined {
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString();
}
