import { X } from 'lucide-react';

/** An active filter that has no control of its own, with a button that removes it. */
export function FilterChip({
  label,
  value,
  onRemove,
}: {
  readonly label: string;
  readonly value: string;
  readonly onRemove: () => void;
}) {
  return (
    <span className="inline-flex h-8 max-w-full items-center gap-1.5 rounded-lg bg-sunken pr-1 pl-2.5 text-[0.8667rem]">
      <span className="text-ink-3">{label}</span>
      <code className="min-w-0 truncate font-mono text-[0.8rem]">{value}</code>
      <button
        type="button"
        aria-label={`Remove filter: ${label}`}
        onClick={onRemove}
        className="rounded p-1 text-ink-3 hover:text-ink"
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </span>
  );
}
