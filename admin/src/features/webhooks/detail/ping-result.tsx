import { toReasonLabel, type TestResult } from '@tocsin/shared';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { Link } from 'wouter';
import { IconButton } from '../../../components/ui/button.tsx';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { formatDuration } from '../../../lib/format.ts';
import { escapeControlCharacters } from '../../../lib/control-characters.ts';
import { useCan } from '../../../lib/session.ts';

/** The response to a test ping. */
export function PingResult({
  result,
  onClose,
}: {
  readonly result: TestResult;
  readonly onClose: () => void;
}) {
  const can = useCan();
  const { delivered, statusCode, reason, durationMs, reply, deliveryId } = result;
  return (
    <section
      aria-label="Test ping result"
      role="status"
      className="rounded-xl border border-line bg-surface px-4 py-3.5 shadow-card"
    >
      <div className="flex items-start gap-2.5 text-[0.9333rem]">
        {delivered ? (
          <CircleCheck aria-hidden className="mt-0.5 size-4.5 shrink-0 text-ok" />
        ) : (
          <CircleAlert aria-hidden className="mt-0.5 size-4.5 shrink-0 text-bad" />
        )}
        <p className="min-w-0 flex-1">
          <b className="font-medium">
            {delivered ? 'The endpoint responded' : 'The ping failed'}
            {statusCode === null ? '' : ` with ${statusCode}`} after {formatDuration(durationMs)}.
          </b>{' '}
          {reason !== null && `${toReasonLabel(reason)}. `}
          {can('deliveries:read') && (
            <Link href={`/deliveries/${deliveryId}`} className="text-accent hover:underline">
              View delivery
            </Link>
          )}
        </p>
        <IconButton label="Close" className="-mt-1.5 -mr-2" onClick={onClose}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </div>
      {reply !== '' && (
        <div className="mt-2.5">
          <CodeBlock
            label="Response to the ping"
            text={escapeControlCharacters(reply)}
            wrap
            maxHeight="max-h-44"
          />
        </div>
      )}
    </section>
  );
}
