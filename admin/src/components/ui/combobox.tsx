import { ChevronsUpDown, X } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { classNames } from './class-names.ts';
import { ComboboxOptions } from './combobox-options.tsx';
import type { ComboboxOption, ComboboxProps } from './combobox-props.ts';

/**
 * A text field with a list of matches, for more values than a select can hold. The caller searches. Arrow keys move,
 * Enter selects, Escape closes.
 */
export function Combobox(props: ComboboxProps) {
  const { ids, label, placeholder, value, text = value, query, onQueryChange, onClear, className } = props;
  const frame = useRef<HTMLDivElement>(null);
  const list = useListState(props);
  const { isOpen, listId, current } = list;
  const hasClear = onClear !== undefined && value !== '';
  return (
    <Popover.Root open={isOpen} onOpenChange={(open) => !open && list.close()}>
      <Popover.Anchor asChild>
        <div ref={frame} className={classNames('relative', className)}>
          <input
            {...ids}
            role="combobox"
            aria-label={label}
            aria-autocomplete="list"
            aria-expanded={isOpen}
            aria-controls={isOpen ? listId : undefined}
            aria-activedescendant={isOpen && props.options?.[current] ? `${listId}-${current}` : undefined}
            required={props.required}
            autoComplete="off"
            spellCheck={false}
            placeholder={isOpen && text !== '' ? text : placeholder}
            title={isOpen || text === value ? undefined : value}
            className={classNames(
              'field truncate',
              hasClear ? 'pr-14!' : 'pr-8!',
              !isOpen && value !== '' && text === value && 'font-mono',
            )}
            value={isOpen ? query : text}
            onClick={list.open}
            onKeyDown={list.onKeyDown}
            onChange={(event) => {
              // The first character replaces the selected value.
              onQueryChange(isOpen ? event.target.value : event.target.value.replace(text, ''));
              list.restart();
            }}
            onBlur={list.close}
          />
          {hasClear && (
            <button
              type="button"
              aria-label={`Clear ${label ?? 'selection'}`}
              onClick={onClear}
              className="absolute top-1/2 right-7 -translate-y-1/2 rounded p-1 text-ink-3 hover:text-ink"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          )}
          <ChevronsUpDown
            aria-hidden
            className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-ink-3"
          />
        </div>
      </Popover.Anchor>
      {/* Within a dialog, which would block the wheel elsewhere. */}
      <Popover.Portal container={frame.current?.closest<HTMLElement>('[role=dialog]') ?? null}>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          // The focus stays in the text field.
          onOpenAutoFocus={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
          onInteractOutside={(event) => {
            // `as`: the target of a pointer event is a node.
            if (frame.current?.contains(event.target as Node) === true) event.preventDefault();
          }}
          aria-label={label ?? 'Matches'}
          className="z-60 w-(--radix-popover-trigger-width) max-w-[calc(100vw-1rem)] min-w-72 overflow-hidden rounded-lg border border-line-strong bg-surface shadow-pop"
        >
          <ComboboxOptions {...props} listId={listId} active={current} onSelect={list.select} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Whether the list is open, and which of its options is active. */
function useListState({ options, onQueryChange, onSelect, onOpen }: ComboboxProps) {
  const listId = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const last = Math.max(0, (options?.length ?? 0) - 1);
  const current = Math.min(active, last);
  const open = () => {
    onOpen?.();
    setOpen(true);
  };
  const close = () => {
    if (!isOpen) return;
    setOpen(false);
    setActive(0);
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
      else open();
    }
  };
  const restart = () => {
    setActive(0);
    open();
  };
  return { listId, isOpen, current, open, close, select, onKeyDown, restart };
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
