import { CircleAlert, Inbox, Lock, SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { toRefusal } from '../../lib/api-error.ts';
import { Button } from './button.tsx';

function Frame({
  icon,
  title,
  children,
  role,
}: {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly role?: 'alert' | 'status';
}) {
  return (
    <div role={role} className="flex flex-col items-center gap-1 px-6 py-14 text-center">
      <span className="mb-2 inline-flex size-10 items-center justify-center rounded-full bg-sunken text-ink-3">
        {icon}
      </span>
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-md text-[0.9333rem] text-ink-2">{children}</div>}
    </div>
  );
}

/** Nothing there: says what would be there and, where there is one, the next step. */
export function EmptyNotice({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <Frame icon={<Inbox aria-hidden className="size-5" />} title={title}>
      {children}
      {action !== undefined && <div className="mt-4 flex justify-center">{action}</div>}
    </Frame>
  );
}

/** What went wrong, in the server's own sentence. What may not be seen and what is not there look like what they are. */
export function ErrorNotice({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const refusal = toRefusal(error);
  if (refusal.code === 'FORBIDDEN' || refusal.code === 'SCOPE_MISSING') {
    return (
      <Frame role="alert" icon={<Lock aria-hidden className="size-5" />} title="This key may not see this">
        <p>{sentence(refusal.message)}</p>
      </Frame>
    );
  }
  if (refusal.code === 'NOT_FOUND') {
    return (
      <Frame role="alert" icon={<SearchX aria-hidden className="size-5" />} title="Not found">
        <p>{sentence(refusal.message)}</p>
      </Frame>
    );
  }
  return (
    <Frame
      role="alert"
      icon={<CircleAlert aria-hidden className="size-5" />}
      title="This could not be loaded"
    >
      <p>{sentence(refusal.message)}</p>
      {refusal.requestId !== undefined && (
        <p className="mt-1 font-mono text-xs text-ink-3">Request {refusal.requestId}</p>
      )}
      {onRetry && (
        <div className="mt-4 flex justify-center">
          <Button onClick={onRetry}>Try again</Button>
        </div>
      )}
    </Frame>
  );
}

/** One line beside what was tried. */
export function InlineError({ error, id }: { readonly error: unknown; readonly id?: string }) {
  if (error === null || error === undefined) return null;
  return (
    <p id={id} role="alert" className="flex items-start gap-1.5 text-[0.9rem] text-bad">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">{sentence(toRefusal(error).message)}</span>
    </p>
  );
}

/** The server's messages begin in lower case, as they follow a code elsewhere. */
export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
