import { classNames } from './class-names.ts';

/** A radio group in one bar. */
export function SegmentedControl<TValue extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: TValue;
  readonly options: readonly { readonly value: TValue; readonly label: string }[];
  readonly onChange: (value: TValue) => void;
}) {
  return (
    <fieldset className="inline-flex max-w-full flex-wrap rounded-lg border border-line-strong bg-surface p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={classNames(
            'flex h-6.5 cursor-pointer items-center rounded-md px-2.5 text-[0.8667rem] has-focus-visible:outline-2 has-focus-visible:outline-accent',
            option.value === value ? 'bg-ink font-medium text-bg' : 'text-ink-2 hover:text-ink',
          )}
        >
          <input
            type="radio"
            className="sr-only"
            name={label}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
