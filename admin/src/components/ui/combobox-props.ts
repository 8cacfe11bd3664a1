import type { ReactNode } from 'react';
import type { FieldIds } from './field.tsx';

export interface ComboboxOption {
  readonly value: string;
  /** @default the value */
  readonly label?: string | undefined;
  readonly hint?: string | undefined;
  /** Whether only the label means something to users. */
  readonly hidesValue?: boolean;
}

export interface ComboboxProps {
  /** The ids of its field. */
  readonly ids?: FieldIds | undefined;
  /** The accessible name, if it is in no field. */
  readonly label?: string | undefined;
  readonly placeholder?: string | undefined;
  /** The selected value. */
  readonly value: string;
  /**
   * What the closed control shows.
   * @default the value
   */
  readonly text?: string | undefined;
  /** The matches of `query`. Undefined while they load. */
  readonly options: readonly ComboboxOption[] | undefined;
  /** Whether `options` are the matches of an earlier query. Enter waits for those of the current one. */
  readonly isOutdated: boolean;
  /** How many of the first options were chosen lately. They have a heading of their own. */
  readonly recentCount?: number | undefined;
  readonly query: string;
  readonly onQueryChange: (query: string) => void;
  readonly onSelect: (value: string) => void;
  /** Called when the list opens, to load its options. */
  readonly onOpen?: (() => void) | undefined;
  /** Removes the selection. Undefined: there is always one. */
  readonly onClear?: (() => void) | undefined;
  /** Shown below the options, such as how many more there are. */
  readonly footer?: ReactNode;
  readonly className?: string | undefined;
  readonly required?: boolean | undefined;
}
