import { Check } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { classNames } from './class-names.ts';
import type { ComboboxOption, ComboboxProps } from './combobox-props.ts';

/** The list of a combobox, with what is known of its rest below. */
export function ComboboxOptions({
  options,
  value,
  footer,
  recentCount = 0,
  listId,
  active,
  onSelect,
}: Pick<ComboboxProps, 'options' | 'value' | 'footer' | 'recentCount'> & {
  readonly listId: string;
  readonly active: number;
  readonly onSelect: (option: ComboboxOption) => void;
}) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    // Returns a promise in newer browsers, which is no cleanup.
    list.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest' });
  }, [active, options]);
  return (
    <>
      <ul
        ref={list}
        id={listId}
        role="listbox"
        aria-label="Matches"
        className="max-h-72 overflow-y-auto py-1"
      >
        {options?.map((option, index) => (
          <li
            key={option.value}
            id={`${listId}-${index}`}
            role="option"
            data-active={index === active || undefined}
            aria-selected={option.value === value}
            onClick={() => onSelect(option)}
            className={classNames(
              'flex cursor-pointer items-center gap-2 px-3 py-1.5',
              index === active ? 'bg-accent-soft' : 'hover:bg-sunken',
              recentCount > 0 && index === recentCount && 'border-t border-line',
            )}
          >
            <OptionText option={option} />
            {index < recentCount && <span className="shrink-0 text-xs text-ink-3">Recent</span>}
            {option.value === value && <Check aria-hidden className="size-4 shrink-0 text-accent" />}
          </li>
        ))}
      </ul>
      <p role="status" className="border-t border-line px-3 py-1.5 text-[0.8rem] text-ink-3 empty:hidden">
        {options === undefined ? 'Loading' : options.length === 0 ? 'No match' : footer}
      </p>
    </>
  );
}

function OptionText({
  option: { value, label, hint, hidesValue = false },
}: {
  readonly option: ComboboxOption;
}) {
  if (label === undefined || label === value) {
    return (
      <span className="min-w-0 flex-1">
        <span className="block font-mono text-[0.8667rem] wrap-anywhere">{value}</span>
        {hint !== undefined && <span className="block truncate text-[0.8rem] text-ink-2">{hint}</span>}
      </span>
    );
  }
  return (
    <span className="min-w-0 flex-1">
      <bdi className="block truncate text-[0.8667rem] font-medium">{label}</bdi>
      <span className="flex min-w-0 gap-2 text-[0.8rem] text-ink-3">
        {!hidesValue && <code className="truncate font-mono">{value}</code>}
        {hint !== undefined && <bdi className="truncate">{hint}</bdi>}
      </span>
    </span>
  );
}
