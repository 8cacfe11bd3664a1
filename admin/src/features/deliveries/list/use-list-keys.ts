import { useEffect, useEffectEvent } from 'react';

export interface ListKeys {
  readonly ids: readonly string[];
  readonly openId: string | undefined;
  readonly onOpen: (id: string) => void;
  readonly onClose: () => void;
  readonly onVisit: (id: string) => void;
  readonly onToggle: (id: string) => void;
}

/**
 * The keys of the list: j, k and the arrows move the panel, Enter opens the page of its delivery, x selects, Escape
 * closes it. They do nothing while a field or a dialog has the focus.
 */
export function useListKeys(keys: ListKeys): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    if (isForControl(event)) return;
    if (handleKey(event.key, keys)) event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}

/** Returns whether the key is one of the list. */
function handleKey(key: string, { ids, openId, onOpen, onClose, onVisit, onToggle }: ListKeys): boolean {
  const move = (by: number): boolean => {
    const at = openId === undefined ? -1 : ids.indexOf(openId);
    const next = ids[at < 0 ? 0 : at + by];
    if (next !== undefined) onOpen(next);
    return true;
  };
  switch (key) {
    case 'j':
      return move(1);
    case 'k':
      return move(-1);
    case 'ArrowDown':
      return openId !== undefined && move(1);
    case 'ArrowUp':
      return openId !== undefined && move(-1);
    case 'Enter':
      if (openId !== undefined) onVisit(openId);
      return openId !== undefined;
    case 'x':
      if (openId !== undefined) onToggle(openId);
      return openId !== undefined;
    case 'Escape':
      if (openId !== undefined) onClose();
      return openId !== undefined;
    default:
      return false;
  }
}

const fields =
  'input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog], [role=listbox]';
const controls = 'a, button, summary, [role=tab], [tabindex="0"]';

/** Whether the focused element itself has a use for the key. */
function isForControl({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (document.querySelector('[role=dialog][data-state=open]') !== null) return true;
  if (target.closest(fields) !== null) return true;
  const isUsed = key === 'Enter' || key.startsWith('Arrow');
  return isUsed && target.closest(controls) !== null;
}
