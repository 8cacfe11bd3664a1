import type { TestResult } from '@tocsin/shared';
import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { Link } from 'wouter';
import { IconButton } from '../../../components/ui/button.tsx';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { duration } from '../../../lib/format.ts';
import { visibleText } from '../../../lib/control-characters.ts';
import { reasonWords } from '../../../lib/labels.ts';

/** What the receiver answered to a test ping. */
export function PingResult({
  result,
  onClose,
}: {
  readonly result: TestResult;
  readonly onClose: () => void;
}) {
  const { delivered, statusCode, reason, durationMs, reply, deliveryId } = result;
  return (
    <section
      aria-label="Result of the test ping"
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
            {delivered ? 'The endpoint answered' : 'The ping failed'}
            {statusCode === null ? '' : ` ${delivered ? '' : 'with '}${statusCode}`} after{' '}
            {duration(durationMs)}.
          </b>{' '}
          {reason !== null && `${reasonWords(reason)}. `}
          <Link href={`/deliveries/${deliveryId}`} className="text-accent hover:underline">
            See the delivery
          </Link>
        </p>
        <IconButton label="Close" className="-mt-1.5 -mr-2" onClick={onClose}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </div>
      {reply !== '' && (
        <div className="mt-2.5">
          <CodeBlock label="Reply to the ping" text={visibleText(reply)} isWrapped maxHeight="max-h-44" />
        </div>
      )}
    </section>
  );
}
