import { isEventPattern } from '@tocsin/shared';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Badge } from '../../../../components/ui/badge.tsx';
import { IconButton } from '../../../../components/ui/button.tsx';
import { useEventType, useEventTypes, usePatternMatches } from '../../../../lib/catalog.ts';
import { toHref } from '../../../../lib/url-state.ts';
import { maxListedTypes, type EventOptionsProps } from './event-options.tsx';
import { withoutEntry, withPin } from './subscription.ts';
import { VersionPin } from './version-pin.tsx';

/** What is selected, with what each pattern means now and the version of each type. */
export function SelectedEvents({ value, accountId, onChange }: EventOptionsProps) {
  // The same page as that of the options, so that most types need no call of their own.
  const listed = useEventTypes({ accountId, limit: maxListedTypes });
  const pinned = Object.keys(value.eventVersions).filter((type) => !value.events.includes(type));
  return (
    <section
      aria-label="Selected events"
      className="min-w-0 max-lg:order-first max-lg:border-b max-lg:border-line"
    >
      {value.events.length === 0 ? (
        <p className="px-4 py-6 text-[0.9333rem] text-ink-2">
          Nothing is selected. A pattern also selects the types that are added later.
        </p>
      ) : (
        <ul className="relative max-h-[27rem] overflow-y-auto" tabIndex={0} aria-label="Selected events">
          {[...value.events, ...pinned].map((entry) => {
            const remove = value.events.includes(entry)
              ? () => onChange(withoutEntry(value, entry))
              : () => onChange(withPin(value, entry, undefined));
            return (
              <li
                key={entry}
                className="flex items-start gap-2 border-b border-line py-2 pr-2 pl-4 last:border-0"
              >
                <div className="min-w-0 flex-1">
                  {isEventPattern(entry) ? (
                    <SelectedPattern pattern={entry} accountId={accountId} />
                  ) : (
                    <SelectedType
                      type={entry}
                      listedVersions={listed.items?.find(({ type }) => type === entry)?.pinnableVersions}
                      isListing={listed.items === undefined}
                      accountId={accountId}
                      pin={value.eventVersions[entry]}
                      onPin={(version) => onChange(withPin(value, entry, version))}
                    />
                  )}
                </div>
                <IconButton label={`Remove ${entry}`} className="size-7!" onClick={remove}>
                  <X aria-hidden className="size-4" />
                </IconButton>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function EntryName({ children }: { readonly children: ReactNode }) {
  return <code className="font-mono text-[0.8667rem] font-medium wrap-anywhere">{children}</code>;
}

function SelectedPattern({
  pattern,
  accountId,
}: {
  readonly pattern: string;
  readonly accountId: string | undefined;
}) {
  const matches = usePatternMatches(pattern, accountId);
  const count = matches.items?.length;
  return (
    <>
      <EntryName>{pattern}</EntryName>
      <p className="text-[0.8667rem] text-ink-2">
        {count !== undefined &&
          (count === 0
            ? 'Selects no type now. '
            : `Selects ${matches.nextCursor === null ? count : `more than ${count}`} ${count === 1 ? 'type' : 'types'} now. `)}
        Types that are added later are included.
      </p>
      {count !== undefined && count > 0 && (
        <Link
          href={toHref('/catalog', { q: pattern.slice(0, -1), account: accountId })}
          target="_blank"
          className="text-[0.8667rem] text-accent hover:underline"
        >
          View {pattern === '*' ? 'all' : 'them'} in a new tab
        </Link>
      )}
    </>
  );
}

function SelectedType({
  type,
  listedVersions,
  isListing,
  accountId,
  pin,
  onPin,
}: {
  readonly type: string;
  /** Undefined if the type is not in the list. */
  readonly listedVersions: readonly number[] | undefined;
  /** Whether the list is loading. */
  readonly isListing: boolean;
  readonly accountId: string | undefined;
  readonly pin: number | undefined;
  readonly onPin: (version: number | undefined) => void;
}) {
  const isKnown = isListing || listedVersions !== undefined;
  const { data, isMissing } = useEventType(isKnown ? undefined : type, accountId);
  const versions = listedVersions ?? data?.pinnableVersions;
  return (
    <>
      <EntryName>{type}</EntryName>
      {isMissing && (
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-[0.8667rem] text-ink-2">
          <Badge tone="warn">No longer exists</Badge> It cannot be published.
        </p>
      )}
      {versions !== undefined && (versions.length > 1 || pin !== undefined) && (
        <div className="mt-1">
          <VersionPin type={type} versions={versions} value={pin} onChange={onPin} />
        </div>
      )}
    </>
  );
}
