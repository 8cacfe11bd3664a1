import { CircleAlert, Inbox, Lock, SearchX, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { toApiError } from '../../lib/api-error.ts';
import { toConnectionFailure } from '../../lib/connection.ts';
import { Button } from './button.tsx';

function NoticeFrame({
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

/** An empty state with an optional next step. */
export function EmptyNotice({
  title,
  icon: Icon = Inbox,
  children,
  action,
}: {
  readonly title: string;
  /** @default an empty tray */
  readonly icon?: LucideIcon;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <NoticeFrame icon={<Icon aria-hidden className="size-5" />} title={title}>
      {children}
      {action !== undefined && <div className="mt-4 flex justify-center">{action}</div>}
    </NoticeFrame>
  );
}

/**
 * A failed load, with the server's message. Missing permissions and missing objects have their own titles.
 */
export function ErrorNotice({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const apiError = toApiError(error);
  if (apiError.code === 'FORBIDDEN' || apiError.code === 'SCOPE_MISSING') {
    return (
      <NoticeFrame role="alert" icon={<Lock aria-hidden className="size-5" />} title="Permission required">
        <p>{toSentence(apiError.message)}</p>
      </NoticeFrame>
    );
  }
  if (apiError.code === 'NOT_FOUND') {
    return (
      <NoticeFrame role="alert" icon={<SearchX aria-hidden className="size-5" />} title="Not found">
        <p>{toSentence(apiError.message)}</p>
      </NoticeFrame>
    );
  }
  return (
    <NoticeFrame role="alert" icon={<CircleAlert aria-hidden className="size-5" />} title="Failed to load">
      <p>{toSentence(apiError.message)}</p>
      {apiError.requestId !== undefined && (
        <p className="mt-1 font-mono text-xs text-ink-3">Request {apiError.requestId}</p>
      )}
      {onRetry && (
        <div className="mt-4 flex justify-center">
          <Button onClick={onRetry}>Try again</Button>
        </div>
      )}
    </NoticeFrame>
  );
}

/** A one-line error next to the action that failed. */
export function InlineError({ error, id }: { readonly error: unknown; readonly id?: string }) {
  if (error === null || error === undefined) return null;
  return (
    <p id={id} role="alert" className="flex items-start gap-1.5 text-[0.9rem] text-bad">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">{toSentence(toApiError(error).message)}</span>
    </p>
  );
}

/**
 * Says that a list which is still shown did not load again. Renders nothing if the connection is the cause, because the
 * banner of the app says so.
 */
export function RefreshError({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined || toConnectionFailure(error) !== undefined) return null;
  return (
    <div className="border-b border-line px-4 py-2.5">
      <InlineError error={error} />
    </div>
  );
}

/** Says above a list that it shows its first page, because the address names a page that it does not have. */
export function GonePosition({ isGone }: { readonly isGone: boolean }) {
  if (!isGone) return null;
  return (
    <p role="status" className="border-b border-line px-4 py-2.5 text-[0.9rem] text-warn">
      The position in this link is gone. This is the first page.
    </p>
  );
}

/** The empty state of a paged list. Only the first page without a next one says that there is nothing. */
export function EmptyPage({
  cursor,
  nextCursor,
  onFirst,
  children,
}: {
  readonly cursor: string | undefined;
  readonly nextCursor: string | null | undefined;
  readonly onFirst: () => void;
  /** The empty state of the whole list. */
  readonly children: ReactNode;
}) {
  if (nextCursor !== null && nextCursor !== undefined) {
    return <EmptyNotice title="Nothing on this page">Later pages may have matches.</EmptyNotice>;
  }
  if (cursor === undefined) return children;
  return (
    <EmptyNotice title="This page is empty" action={<Button onClick={onFirst}>First page</Button>}>
      No entries follow the position in the address.
    </EmptyNotice>
  );
}

/** Server messages start in lower case because clients print them after an error code. */
export function toSentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
