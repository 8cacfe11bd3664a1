import { Bookmark, Check, ChevronDown, X } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { Button, IconButton } from '../../../components/ui/button.tsx';
import { classNames } from '../../../components/ui/class-names.ts';
import { filterNames, isFiltered, noFilters, type DeliveryFilterValues } from './delivery-filters.ts';
import { builtInViews, isView, useSavedViews, type DeliveryView } from './saved-views.ts';

/** Chooses one of the built-in and saved views, and saves the filters in force under a name. */
export function ViewsMenu({
  values,
  onChange,
}: {
  readonly values: DeliveryFilterValues;
  readonly onChange: (change: Partial<DeliveryFilterValues>) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const { views, save, remove } = useSavedViews();
  const current = [...builtInViews, ...views].find((view) => isView(view, values));
  const choose = ({ filters }: DeliveryView) => {
    onChange({ ...noFilters, ...filters });
    setOpen(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button
          size="small"
          className="max-w-56"
          aria-label={`View: ${current?.name ?? 'Custom view'}`}
          icon={<Bookmark aria-hidden className="size-4 shrink-0" />}
        >
          <bdi className="truncate">{current?.name ?? 'Custom view'}</bdi>
          <ChevronDown aria-hidden className="size-3.5 shrink-0 text-ink-3" />
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={12}
          aria-label="Views"
          className="z-40 w-72 max-w-[calc(100vw-1.5rem)] rounded-xl border border-line bg-surface p-1.5 shadow-pop focus:outline-none"
        >
          <ul aria-label="Views" className="max-h-80 overflow-y-auto">
            {[...builtInViews, ...views].map((view) => (
              <li key={view.name} className="flex items-center gap-1">
                <button
                  type="button"
                  aria-current={view === current ? 'true' : undefined}
                  onClick={() => choose(view)}
                  className={classNames(
                    'flex h-8 min-w-0 flex-1 items-center gap-2 rounded-lg px-2 text-left text-[0.9rem] hover:bg-sunken',
                    view === current && 'font-medium',
                  )}
                >
                  <Check
                    aria-hidden
                    className={classNames('size-4 shrink-0', view !== current && 'invisible')}
                  />
                  <bdi className="truncate">{view.name}</bdi>
                </button>
                {!builtInViews.includes(view) && (
                  <IconButton label={`Delete view ${view.name}`} onClick={() => remove(view.name)}>
                    <X aria-hidden className="size-4" />
                  </IconButton>
                )}
              </li>
            ))}
          </ul>
          {current === undefined && isFiltered(values) && (
            <SaveView
              onSave={(name) => {
                save({ name, filters: toFilters(values) });
                setOpen(false);
              }}
            />
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function SaveView({ onSave }: { readonly onSave: (name: string) => void }) {
  const [name, setName] = useState('');
  const trimmed = name.trim();
  const isTaken = builtInViews.some((view) => view.name === trimmed);
  return (
    <form
      className="mt-1.5 flex gap-2 border-t border-line px-1 pt-2.5 pb-1"
      onSubmit={(event) => {
        event.preventDefault();
        if (trimmed !== '' && !isTaken) onSave(trimmed);
      }}
    >
      <input
        aria-label="Name of the view"
        placeholder="Save these filters as …"
        className="field h-8! min-w-0 text-[0.8667rem]!"
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" size="small" disabled={trimmed === '' || isTaken}>
        Save
      </Button>
    </form>
  );
}

function toFilters(values: DeliveryFilterValues): DeliveryView['filters'] {
  return Object.fromEntries(
    filterNames.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );
}
