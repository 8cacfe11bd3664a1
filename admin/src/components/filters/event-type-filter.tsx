import { X } from 'lucide-react';
import { EventTypeCombobox } from '../event-type-combobox.tsx';
import { IconButton } from '../ui/button.tsx';

/** Filters a list by event type. */
export function EventTypeFilter({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <span className="inline-flex min-w-0 items-center">
      <EventTypeCombobox
        label="Type"
        placeholder="Type: all"
        value={value ?? ''}
        className="w-52 [&>input]:h-8! [&>input]:font-sans [&>input]:text-[0.8667rem]!"
        onSelect={onChange}
      />
      {value !== undefined && (
        <IconButton label="All types" onClick={() => onChange(undefined)}>
          <X aria-hidden className="size-4" />
        </IconButton>
      )}
    </span>
  );
}
