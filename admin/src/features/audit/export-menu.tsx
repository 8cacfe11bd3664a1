import type { AuditFilter } from '@tocsin/shared';
import { useMutation } from '@tanstack/react-query';
import { Download, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useRef, useState } from 'react';
import { Button, IconButton } from '../../components/ui/button.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { toApiError } from '../../lib/api-error.ts';
import { formatCount, pluralize } from '../../lib/format.ts';
import { exportAudit, maxEntries, type ExportFormat } from './export-audit.ts';

const formats: readonly { readonly format: ExportFormat; readonly label: string; readonly hint: string }[] = [
  { format: 'csv', label: 'CSV', hint: 'For spreadsheets' },
  { format: 'ndjson', label: 'NDJSON', hint: 'One JSON object per line, with all fields' },
];

/** Saves every entry that matches the filters, not only those of the page. */
export function ExportMenu({ filter }: { readonly filter: AuditFilter }) {
  const running = useRef<AbortController>(undefined);
  const [count, setCount] = useState(0);
  const mutation = useMutation({
    mutationFn: async (format: ExportFormat) => {
      setCount(0);
      running.current = new AbortController();
      return await exportAudit(format, filter, { signal: running.current.signal, onProgress: setCount });
    },
    onSuccess: ({ count: exported, hasMore }) =>
      toast(
        hasMore
          ? `Exported the newest ${formatCount(maxEntries)} entries. Select a shorter time for the others.`
          : `Exported ${pluralize(exported, 'entry', 'entries')}.`,
      ),
    onError: (error) => {
      if (running.current?.signal.aborted !== true) toast(toApiError(error).message, 'bad');
    },
  });
  if (mutation.isPending) {
    return (
      <span
        role="status"
        className="inline-flex h-9 items-center gap-1 text-[0.9333rem] text-ink-2 tabular-nums"
      >
        Exporting, {formatCount(count)} so far
        <IconButton label="Cancel export" onClick={() => running.current?.abort()}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </span>
    );
  }
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <Button icon={<Download aria-hidden className="size-4" />}>Export</Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          className="z-50 w-64 rounded-xl border border-line bg-surface p-1.5 shadow-pop"
        >
          {formats.map(({ format, label, hint }) => (
            <DropdownMenu.Item
              key={format}
              onSelect={() => mutation.mutate(format)}
              className="cursor-pointer rounded-lg px-2.5 py-1.5 outline-none select-none data-highlighted:bg-sunken"
            >
              <span className="block text-[0.9333rem] font-medium">{label}</span>
              <span className="block text-xs text-ink-3">{hint}</span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
