import { useState } from 'react';
import type { FieldIds } from './field.tsx';

/** A text field for an id, for actors that may not list what it names. Applies on Enter and when it loses the focus. */
export function IdInput({
  ids,
  label,
  placeholder,
  value,
  required,
  className,
  onSelect,
  onClear,
}: {
  readonly ids?: FieldIds;
  readonly label?: string;
  readonly placeholder?: string;
  readonly value: string;
  readonly required?: boolean;
  readonly className?: string;
  readonly onSelect: (id: string) => void;
  readonly onClear?: () => void;
}) {
  const [text, setText] = useState(value);
  const commit = () => {
    const id = text.trim();
    if (id === value) return;
    if (id === '' && onClear !== undefined) onClear();
    else onSelect(id);
  };
  return (
    <div className={className}>
      <input
        {...ids}
        aria-label={label}
        placeholder={placeholder ?? 'ID'}
        required={required}
        className="field font-mono"
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    </div>
  );
}
