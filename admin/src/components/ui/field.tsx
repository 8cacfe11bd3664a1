import { useId, type ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface FieldIds {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

/** A labeled control with a hint and an error, linked by ARIA attributes. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly error?: ReactNode;
  readonly children: (ids: FieldIds) => ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [hint === undefined ? '' : hintId, error === undefined ? '' : errorId].join(' ').trim();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="text-[0.9rem] font-medium">
        {label}
      </label>
      {children({
        id,
        ...(describedBy !== '' && { 'aria-describedby': describedBy }),
        ...(error !== undefined && { 'aria-invalid': true as const }),
      })}
      {error !== undefined && (
        <div id={errorId} className="text-[0.8667rem] break-words text-bad">
          {error}
        </div>
      )}
      {hint !== undefined && (
        <p id={hintId} className="text-[0.8667rem] text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

/** A filter. Uses the native select for keyboard and mobile support. */
export function FilterSelect({
  label,
  noneLabel = `${label}: all`,
  value,
  options,
  width = 'w-auto!',
  onChange,
}: {
  readonly label: string;
  /**
   * The option for no filter.
   * @default all
   */
  readonly noneLabel?: string;
  readonly value: string | undefined;
  readonly options: readonly SelectOption[];
  /**
   * The class of its width, for options that load.
   * @default that of the longest option
   */
  readonly width?: string;
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <select
      aria-label={label}
      className={classNames('field h-8! max-w-56 min-w-0 text-[0.8667rem]!', width)}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
    >
      <option value="">{noneLabel}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
