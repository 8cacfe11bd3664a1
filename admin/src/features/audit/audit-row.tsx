import { maskText, toReasonLabel } from '@tocsin/shared';
import { ChevronDown } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { AccountName } from '../../components/account-name.tsx';
import { AppName } from '../../components/app-name.tsx';
import { IconButton } from '../../components/ui/button.tsx';
import { DescriptionItem, DescriptionList } from '../../components/ui/card.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { CopyableId } from '../../components/ui/copy-button.tsx';
import { Time } from '../../components/ui/time.tsx';
import { useSession } from '../../lib/session.ts';
import { toHref } from '../../lib/url-state.ts';
import { ActionIcon } from './action-icon.tsx';
import { actionLabels, endsTarget, toDetailLabel, type AuditEntry } from './audit-entry.ts';
import { ChangeList } from './change-list.tsx';

/** One entry: what happened to which object, by whom, and what it changed. Expands to the other facts. */
export function AuditRow({ entry }: { readonly entry: AuditEntry }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const label = actionLabels[entry.action];
  return (
    <li className="flex gap-3 border-b border-line px-4 py-3 text-[0.9333rem] last:border-0">
      <ActionIcon action={entry.action} />
      <div className="min-w-0 flex-1">
        <div className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <p className="flex flex-wrap items-baseline gap-x-2">
              <span className="font-medium">{label}</span>
              <Target entry={entry} />
            </p>
            <Origin entry={entry} />
          </div>
          <span className="shrink-0 pt-px text-[0.8667rem] text-ink-3">
            <Time at={entry.at} format="clock" />
          </span>
          <IconButton
            label={isOpen ? 'Hide details' : 'Show details'}
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            className="-mt-1 -mr-1.5"
            onClick={() => setOpen(!isOpen)}
          >
            <ChevronDown
              aria-hidden
              className={classNames('size-4 transition-transform', isOpen && 'rotate-180')}
            />
          </IconButton>
        </div>
        <ChangeList entry={entry} />
        {isOpen && (
          <div id={id} className="mt-3 rounded-lg bg-sunken/60 p-3">
            <Details entry={entry} />
          </div>
        )}
      </div>
    </li>
  );
}

const pathByIdPrefix: readonly (readonly [prefix: string, path: string])[] = [
  ['wh_', '/webhooks/'],
  ['dlv_', '/deliveries/'],
  ['evt_', '/events/'],
];

/** Where the target has a page. Undefined: it has none, or is gone. */
function findTargetHref({ action, targetId, details }: AuditEntry): string | undefined {
  const type = details['type'];
  if (action.startsWith('event_type.') && !endsTarget(action) && typeof type === 'string')
    return `/catalog/types/${encodeURIComponent(type)}`;
  if (targetId === null || endsTarget(action)) return undefined;
  const path = action.startsWith('app.')
    ? '/apps/'
    : pathByIdPrefix.find(([prefix]) => targetId.startsWith(prefix))?.[1];
  return path === undefined ? undefined : `${path}${encodeURIComponent(targetId)}`;
}

function Target({ entry }: { readonly entry: AuditEntry }) {
  const { targetId, targetName } = entry;
  if (targetId === null) return null;
  const href = findTargetHref(entry);
  const text =
    targetName === null || targetName === targetId ? (
      <code className="font-mono text-[0.8667rem] wrap-anywhere">{targetId}</code>
    ) : (
      <bdi className="break-words">{targetName}</bdi>
    );
  return href === undefined ? (
    <span className="min-w-0">{text}</span>
  ) : (
    <Link href={href} title={targetId} className="min-w-0 text-accent hover:underline">
      {text}
    </Link>
  );
}

/** Who did it, in which app or account, and from where. A phone has room for the caller only. */
function Origin({ entry }: { readonly entry: AuditEntry }) {
  const { actor } = useSession();
  const { appId, accountId, address } = entry;
  return (
    <p className="mt-0.5 flex flex-wrap items-baseline text-[0.8667rem] text-ink-3">
      <ActorLink actor={entry.actor} />
      {appId !== null && appId !== entry.targetId && (
        <OriginPart>
          <Link href={toHref('/audit', { app: appId })} className="wrap-anywhere hover:underline">
            <AppName id={appId} />
          </Link>
        </OriginPart>
      )}
      {actor.kind === 'root' && accountId !== null && accountId !== entry.targetId && (
        <OriginPart>
          <AccountName id={accountId} />
        </OriginPart>
      )}
      {address !== null && (
        <OriginPart>
          <code className="font-mono text-[0.8rem]">{address}</code>
        </OriginPart>
      )}
    </p>
  );
}

function OriginPart({ children }: { readonly children: ReactNode }) {
  return (
    <span className="min-w-0 max-sm:hidden">
      <span aria-hidden className="px-2">
        ·
      </span>
      {children}
    </span>
  );
}

/** The caller by name. Leads to everything that it did. */
function ActorLink({ actor }: { readonly actor: AuditEntry['actor'] }) {
  const name =
    actor.keyName === null ? (
      <ActorId actor={actor} />
    ) : (
      <bdi className="font-medium break-words">{actor.keyName}</bdi>
    );
  return (
    <Link
      href={toHref('/audit', { actor: actor.keyId ?? actor.kind })}
      title={actor.keyPrefix === null ? undefined : `${actor.keyPrefix}…`}
      className="min-w-0 text-ink-2 hover:underline"
    >
      <span className="sr-only">by </span>
      {name}
    </Link>
  );
}

function ActorId({ actor }: { readonly actor: AuditEntry['actor'] }) {
  switch (actor.kind) {
    case 'root':
      return <span className="font-medium">Operator</span>;
    case 'system':
      return <span className="font-medium">Tocsin</span>;
    case 'token':
      return <bdi className="font-medium wrap-anywhere">{actor.subject}</bdi>;
    case 'key':
      return <code className="font-mono text-[0.8rem]">{actor.keyPrefix}…</code>;
  }
}

function Details({ entry }: { readonly entry: AuditEntry }) {
  const facts = Object.entries(entry.details).filter(
    ([name, value]) => value !== null && !(name === 'changed' && entry.changes.length > 0),
  );
  const hasMask = entry.changes.some(({ before, after }) => hasMaskedPart(before) || hasMaskedPart(after));
  return (
    <DescriptionList>
      <DescriptionItem label="Action">
        <code className="font-mono text-[0.8667rem]">{entry.action}</code>
      </DescriptionItem>
      {facts.map(([name, value]) => (
        <DescriptionItem key={name} label={toDetailLabel(name)}>
          <bdi className="wrap-anywhere">{toDetailText(name, value)}</bdi>
        </DescriptionItem>
      ))}
      {entry.targetId !== null && (
        <DescriptionItem label="Target">
          <span className="flex flex-wrap items-center gap-x-3">
            <CopyableId id={entry.targetId} />
            <Link href={toHref('/audit', { target: entry.targetId })} className="text-accent hover:underline">
              All its entries
            </Link>
          </span>
        </DescriptionItem>
      )}
      {entry.actor.keyId !== null && (
        <DescriptionItem label="API key">
          <CopyableId id={entry.actor.keyId} />
        </DescriptionItem>
      )}
      {entry.actor.issuer !== null && <DescriptionItem label="Issuer">{entry.actor.issuer}</DescriptionItem>}
      {entry.accountId !== null && (
        <DescriptionItem label="Account">
          <CopyableId id={entry.accountId} />
        </DescriptionItem>
      )}
      {entry.appId !== null && (
        <DescriptionItem label="App">
          <CopyableId id={entry.appId} />
        </DescriptionItem>
      )}
      {entry.address !== null && (
        <DescriptionItem label="Address">
          <CopyableId id={entry.address} />
        </DescriptionItem>
      )}
      {entry.requestId !== null && (
        <DescriptionItem label="Request">
          <CopyableId id={entry.requestId} />
        </DescriptionItem>
      )}
      <DescriptionItem label="Entry">
        <CopyableId id={entry.id} />
      </DescriptionItem>
      {hasMask && (
        <DescriptionItem label="Hidden values">
          {maskText} stands for a value or a part of a URL that can be a secret. It is not recorded.
        </DescriptionItem>
      )}
    </DescriptionList>
  );
}

function toDetailText(name: string, value: AuditEntry['details'][string]): string {
  if (name === 'reason') return toReasonLabel(String(value));
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function hasMaskedPart(value: AuditEntry['changes'][number]['before']): boolean {
  return typeof value === 'string' && value.includes(maskText);
}
