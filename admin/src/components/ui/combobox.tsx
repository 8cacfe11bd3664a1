import { ChevronsUpDown, X } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { classNames } from './class-names.ts';
import { toComboboxAction } from './combobox-keys.ts';
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
function useListState({ options, isOutdated, onQueryChange, onSelect, onOpen }: ComboboxProps) {
  const listId = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const [isWaiting, setWaiting] = useState(false);
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
    setWaiting(false);
    onQueryChange('');
  };
  const select = (option: ComboboxOption | undefined) => {
    if (option === undefined) return;
    onSelect(option.value);
    close();
  };
  useEffect(() => {
    if (!isWaiting || isOutdated) return;
    setWaiting(false);
    select(options?.[current]);
  });
  const move = (to: number) => {
    setWaiting(false);
    setActive(to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const action = toComboboxAction(event.key, { isOpen, isOutdated, current, last });
    if (action === undefined) return;
    event.preventDefault();
    // A dialog around it stays open.
    if (action.kind === 'close') event.stopPropagation();
    if (action.kind === 'move') move(action.to);
    else if (action.kind === 'open') open();
    else if (action.kind === 'close') close();
    else if (action.kind === 'select') select(options?.[current]);
    else setWaiting(true);
  };
  const restart = () => {
    move(0);
    open();
  };
  return { listId, isOpen, current, open, close, select, onKeyDown, restart };
}
