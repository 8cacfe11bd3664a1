import { classNames } from './class-names.ts';

/** One of a few: radio buttons in one bar. */
export function SegmentedControl<TValue extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string;
  readonly value: TValue;
  readonly choices: readonly { readonly value: TValue; readonly text: string }[];
  readonly onChange: (value: TValue) => void;
}) {
  return (
    <fieldset className="inline-flex rounded-lg border border-line-strong bg-surface p-0.5">
      <legend className="sr-only">{label}</legend>
      {choices.map((choice) => (
        <label
          key={choice.value}
          className={classNames(
            'flex h-6.5 cursor-pointer items-center rounded-md px-2.5 text-[0.8667rem] has-focus-visible:outline-2 has-focus-visible:outline-accent',
            choice.value === value ? 'bg-ink font-medium text-bg' : 'text-ink-2 hover:text-ink',
          )}
        >
          <input
            type="radio"
            className="sr-only"
            name={label}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          {choice.text}
        </label>
      ))}
    </fieldset>
  );
}
