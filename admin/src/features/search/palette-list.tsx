import { useEffect, useRef } from 'react';
import { classNames } from '../../components/ui/class-names.ts';
import { ShortUrl } from '../../components/ui/short-url.tsx';
import { Time } from '../../components/ui/time.tsx';
import type { PaletteEntry, PaletteGroup } from './palette-entries.ts';

interface ListProps {
  readonly id: string;
  readonly groups: readonly PaletteGroup[];
  /** Position of the active entry among those of all groups. */
  readonly active: number;
  /** Whether the entries belong to an older query. */
  readonly isOutdated: boolean;
  readonly onActivate: (index: number) => void;
  readonly onChoose: (entry: PaletteEntry) => void;
}

/** The entries in groups. The field above moves the active one. */
export function PaletteList({ id, groups, active, isOutdated, onActivate, onChoose }: ListProps) {
  const starts = groups.map((_, index) =>
    groups.slice(0, index).reduce((sum, { entries }) => sum + entries.length, 0),
  );
  return (
    <div
      id={id}
      role="listbox"
      aria-label="Results"
      aria-busy={isOutdated}
      // Keeps the focus in the text field.
      onMouseDown={(event) => event.preventDefault()}
      className={classNames('transition-opacity', isOutdated && 'opacity-50')}
    >
      {groups.map(({ label, entries, note }, group) => (
        <div key={label} role="group" aria-label={label} className="px-1.5 pb-1">
          <p aria-hidden className="px-2.5 pt-2 pb-1 text-2xs font-medium tracking-wide text-ink-3 uppercase">
            {label}
          </p>
          {entries.map((entry, index) => {
            const position = (starts[group] ?? 0) + index;
            return (
              <Entry
                key={entry.key}
                id={`${id}-${position}`}
                entry={entry}
                isActive={position === active}
                onActivate={() => onActivate(position)}
                onChoose={() => onChoose(entry)}
              />
            );
          })}
          {note !== undefined && <p className="px-2.5 py-1 text-xs text-ink-3">{note}</p>}
        </div>
      ))}
    </div>
  );
}

function Entry({
  id,
  entry: { icon: Icon, title, subtitle, isUrl, at, account },
  isActive,
  onActivate,
  onChoose,
}: {
  readonly id: string;
  readonly entry: PaletteEntry;
  readonly isActive: boolean;
  readonly onActivate: () => void;
  readonly onChoose: () => void;
}) {
  const item = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) item.current?.scrollIntoView({ block: 'nearest' });
  }, [isActive]);
  return (
    <div
      ref={item}
      id={id}
      role="option"
      aria-selected={isActive}
      onMouseMove={onActivate}
      onClick={onChoose}
      className={classNames(
        'flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5',
        isActive && 'bg-sunken',
      )}
    >
      <Icon aria-hidden className="size-4.5 shrink-0 text-ink-3" />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-[0.9333rem]">
          <bdi>{title}</bdi>
        </span>
        {subtitle !== '' && (
          <span className="flex min-w-0 text-xs text-ink-3">
            {isUrl ? <ShortUrl url={subtitle} /> : <bdi className="truncate">{subtitle}</bdi>}
          </span>
        )}
      </span>
      <span className="flex max-w-[45%] shrink-0 flex-col items-end text-xs text-ink-3">
        {account !== null && <bdi className="max-w-full truncate">{account}</bdi>}
        {at !== null && <Time at={at} />}
      </span>
    </div>
  );
}
