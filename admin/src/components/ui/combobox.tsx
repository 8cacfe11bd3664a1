import { ChevronsUpDown } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { classNames } from './class-names.ts';
import type { FieldIds } from './field.tsx';

export interface ComboboxOption {
  readonly value: string;
  readonly hint?: string;
}

export interface ComboboxProps {
  /** The ids of its field. */
  readonly ids?: FieldIds;
  /** The accessible name, if it is in no field. */
  readonly label?: string;
  readonly placeholder?: string;
  /** The selected value, which the closed control shows. */
  readonly value: string;
  /** The matches of `query`. Undefined while they load. */
  readonly options: readonly ComboboxOption[] | undefined;
  readonly query: string;
  readonly onQueryChange: (query: string) => void;
  readonly onSelect: (value: string) => void;
  /** Shown below the options, such as how many more there are. */
  readonly footer?: ReactNode;
  readonly className?: string;
}

/**
 * A text field with a list of matches, for more values than a select can hold. The caller searches. Arrow keys move,
 * Enter selects, Escape closes.
 */
export function Combobox(props: ComboboxProps) {
  const { ids, label, placeholder, value, options, query, onQueryChange, onSelect, className } = props;
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const last = Math.max(0, (options?.length ?? 0) - 1);
  const current = Math.min(active, last);
  const close = () => {
    setOpen(false);
    onQueryChange('');
  };
  const select = (option: ComboboxOption | undefined) => {
    if (option === undefined) return;
    onSelect(option.value);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = toNextIndex(event.key, current, last);
    if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      close();
    } else if (event.key === 'Enter' && isOpen) {
      event.preventDefault();
      select(options?.[current]);
    } else if (next !== undefined && !(event.key === 'ArrowUp' && !isOpen)) {
      event.preventDefault();
      if (isOpen) setActive(next);
      else setOpen(true);
    }
  };
  return (
    <div className={classNames('relative', className)}>
      <input
        {...ids}
        ref={input}
        role="combobox"
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={isOpen ? listId : undefined}
        aria-activedescendant={isOpen && options?.[current] ? `${listId}-${current}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={isOpen && value !== '' ? value : placeholder}
        title={isOpen ? undefined : value}
        className="field truncate pr-8! font-mono"
        value={isOpen ? query : value}
        onClick={() => setOpen(true)}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          // The first character replaces the selected value.
          onQueryChange(isOpen ? event.target.value : event.target.value.replace(value, ''));
          setActive(0);
          setOpen(true);
        }}
        onBlur={close}
      />
      <ChevronsUpDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-ink-3"
      />
      {isOpen && <OptionList {...props} listId={listId} active={current} onSelect={select} />}
    </div>
  );
}

function OptionList({
  options,
  value,
  footer,
  listId,
  active,
  onSelect,
}: Omit<ComboboxProps, 'onSelect'> & {
  readonly listId: string;
  readonly active: number;
  readonly onSelect: (option: ComboboxOption) => void;
}) {
  const activeItem = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // Returns a promise in newer browsers, which is no cleanup.
    activeItem.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div
      // Keeps the focus in the text field.
      onMouseDown={(event) => event.preventDefault()}
      className="absolute top-full left-0 z-30 mt-1 w-full min-w-64 overflow-hidden rounded-lg border border-line-strong bg-surface shadow-pop"
    >
      <ul id={listId} role="listbox" aria-label="Matches" className="max-h-72 overflow-y-auto py-1">
        {options?.map((option, index) => (
          <li
            key={option.value}
            id={`${listId}-${index}`}
            ref={index === active ? activeItem : undefined}
            role="option"
            aria-selected={option.value === value}
            onClick={() => onSelect(option)}
            className={classNames(
              'cursor-pointer px-3 py-1.5',
              index === active ? 'bg-accent-soft' : 'hover:bg-sunken',
            )}
          >
            <span className="block font-mono text-[0.8667rem] break-all">{option.value}</span>
            {option.hint !== undefined && (
              <span className="block truncate text-[0.8rem] text-ink-2">{option.hint}</span>
            )}
          </li>
        ))}
      </ul>
      <p role="status" className="border-t border-line px-3 py-1.5 text-[0.8rem] text-ink-3 empty:hidden">
        {options === undefined ? 'Loading' : options.length === 0 ? 'No match' : footer}
      </p>
    </div>
  );
}

function toNextIndex(key: string, current: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, current + 1);
    case 'ArrowUp':
      return Math.max(0, current - 1);
    case 'PageDown':
      return Math.min(last, current + 8);
    case 'PageUp':
      return Math.max(0, current - 8);
    default:
      return undefined;
  }
}
