export interface ComboboxState {
  readonly isOpen: boolean;
  /** Whether the options are the matches of an earlier query. */
  readonly isOutdated: boolean;
  /** Index of the active option. */
  readonly current: number;
  /** Index of the last option. */
  readonly last: number;
}

/** `wait`: select the active option as soon as the options match the query. */
export type ComboboxAction =
  | { readonly kind: 'open' | 'close' | 'select' | 'wait' }
  | { readonly kind: 'move'; readonly to: number };

/** Returns what a key does in a combobox. Undefined: what it does in every text field. */
export function toComboboxAction(
  key: string,
  { isOpen, isOutdated, current, last }: ComboboxState,
): ComboboxAction | undefined {
  if (!isOpen) return ['ArrowDown', 'PageDown', 'PageUp'].includes(key) ? { kind: 'open' } : undefined;
  switch (key) {
    case 'Escape':
      return { kind: 'close' };
    case 'Enter':
      return { kind: isOutdated ? 'wait' : 'select' };
    case 'ArrowDown':
      return { kind: 'move', to: Math.min(last, current + 1) };
    case 'ArrowUp':
      return { kind: 'move', to: Math.max(0, current - 1) };
    case 'PageDown':
      return { kind: 'move', to: Math.min(last, current + 8) };
    case 'PageUp':
      return { kind: 'move', to: Math.max(0, current - 8) };
    default:
      return undefined;
  }
}
