import type { Dispatch, ReactNode, SetStateAction } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { useUnsavedChanges } from '../../../lib/unsaved-changes.ts';
import { AdvancedCard } from './advanced-card.tsx';
import { EndpointCard } from './endpoint-card.tsx';
import { EventPicker } from './events/event-picker.tsx';
import { FormatCard } from './format-card.tsx';
import { RemovedEvents } from './removed-events.tsx';
import { validateUrl } from './validate-url.ts';
import {
  dropsCertificate,
  dropsHeaders,
  isSame,
  listRemovedEvents,
  replacesSecret,
  type WebhookDraft,
} from './webhook-draft.ts';

/** Creates or edits a webhook. */
export function WebhookForm({
  initial,
  draft,
  accountId,
  submitLabel,
  loading,
  isSaved,
  error,
  notice,
  onChange,
  onSubmit,
  onCancel,
}: {
  /** The stored webhook, or an empty draft. */
  readonly initial: WebhookDraft;
  readonly draft: WebhookDraft;
  /** The account of the webhook, whose types are offered. Undefined: that of the caller, or the default one. */
  readonly accountId: string | undefined;
  readonly submitLabel: string;
  readonly loading: boolean;
  /** Whether the draft was saved, so that leaving the page loses nothing. */
  readonly isSaved: boolean;
  readonly error: unknown;
  /** Shown above the buttons. */
  readonly notice?: ReactNode;
  readonly onChange: Dispatch<SetStateAction<WebhookDraft>>;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
}) {
  useUnsavedChanges(!isSaved && !loading && !isSame(draft, initial));
  const update = (change: Partial<WebhookDraft>) => onChange((before) => ({ ...before, ...change }));
  const url = draft.url.trim();
  const isComplete = url !== '' && validateUrl(url) === undefined && draft.events.length > 0;
  const removed = listRemovedEvents(draft, initial);
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <EndpointCard draft={draft} replacesSecret={replacesSecret(draft, initial)} onChange={update} />
      <EventPicker value={draft} accountId={accountId} onChange={update} />
      {removed.length > 0 && (
        <RemovedEvents
          removed={removed}
          value={draft.pendingDeliveries ?? 'cancel'}
          onChange={(pendingDeliveries) => update({ pendingDeliveries })}
        />
      )}
      <FormatCard
        draft={draft}
        accountId={accountId}
        changesSigning={initial.url !== '' && draft.signing !== initial.signing}
        onChange={update}
      />
      <AdvancedCard
        draft={draft}
        dropsHeaders={dropsHeaders(draft, initial)}
        dropsCertificate={dropsCertificate(draft, initial)}
        onChange={update}
      />
      {notice}
      <div className="sticky bottom-0 z-20 -mx-4 flex flex-wrap items-center justify-end gap-x-4 gap-y-2 border-t border-line bg-bg/90 px-4 py-3 backdrop-blur-md sm:-mx-6 sm:px-6 lg:-mx-8 lg:px-8">
        <div className="mr-auto min-w-0">
          <InlineError error={error} />
        </div>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" loading={loading} disabled={!isComplete}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}
