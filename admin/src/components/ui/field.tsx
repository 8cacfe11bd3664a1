import { useId, type ReactNode } from 'react';

export interface FieldIds {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

/** A label, its control, a hint and what is wrong, tied together for those who hear the page. */
export function Field({
  label,
  hint,
  problem,
  children,
}: {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly children: (ids: FieldIds) => ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const problemId = `${id}-problem`;
  const describedBy = [hint === undefined ? '' : hintId, problem === undefined ? '' : problemId]
    .join(' ')
    .trim();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="text-[0.9rem] font-medium">
        {label}
      </label>
      {children({
        id,
        ...(describedBy !== '' && { 'aria-describedby': describedBy }),
        ...(problem !== undefined && { 'aria-invalid': true as const }),
      })}
      {problem !== undefined && (
        <p id={problemId} className="text-[0.8667rem] text-bad">
          {problem}
        </p>
      )}
      {hint !== undefined && (
        <p id={hintId} className="text-[0.8667rem] text-ink-3">
          {hint}
        </p>
      )}
    </div>
  );
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** A filter: the native control, which every keyboard and phone knows. */
export function FilterSelect({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <select
      aria-label={label}
      className="field h-8! w-auto! max-w-56 min-w-0 text-[0.8667rem]!"
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
    >
      <option value="">{label}: all</option>
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.text}
        </option>
      ))}
    </select>
  );
}
