import { describe, expect, it } from 'vitest';
import { toComboboxAction, type ComboboxState } from '../../../admin/src/components/ui/combobox-keys.ts';

const open: ComboboxState = { isOpen: true, isOutdated: false, current: 1, last: 3 };

describe('the keys of a combobox', () => {
  it('select with Enter only from the matches of the current text', () => {
    expect(toComboboxAction('Enter', open)).toEqual({ kind: 'select' });
    expect(toComboboxAction('Enter', { ...open, isOutdated: true })).toEqual({ kind: 'wait' });
    expect(toComboboxAction('Enter', { ...open, isOpen: false })).toBeUndefined();
  });

  it('move within the options, and open a closed list', () => {
    expect(toComboboxAction('ArrowDown', open)).toEqual({ kind: 'move', to: 2 });
    expect(toComboboxAction('PageDown', open)).toEqual({ kind: 'move', to: 3 });
    expect(toComboboxAction('PageUp', open)).toEqual({ kind: 'move', to: 0 });
    expect(toComboboxAction('ArrowDown', { ...open, isOpen: false })).toEqual({ kind: 'open' });
    expect(toComboboxAction('ArrowUp', { ...open, isOpen: false })).toBeUndefined();
    expect(toComboboxAction('Escape', open)).toEqual({ kind: 'close' });
    expect(toComboboxAction('a', open)).toBeUndefined();
  });
});
