import { isEventPattern, type WebhookView } from '@tocsin/shared';
import { useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { Card, DescriptionItem, DescriptionList } from '../../../components/ui/card.tsx';
import { CopyableId } from '../../../components/ui/copy-button.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { resolveChatFormat } from '../../../lib/chat-format.ts';
import { formatLabels, profileLabels } from '../../../lib/labels.ts';
import { maskUrl } from '@tocsin/shared';

export function SettingsCard({ webhook }: { readonly webhook: WebhookView }) {
  const chat = resolveChatFormat(webhook.url, webhook.format);
  const headerNames = Object.keys(webhook.headers);
  return (
    <Card title="Settings">
      <DescriptionList>
        <DescriptionItem label="URL">
          <span className="font-mono text-[0.8667rem] wrap-anywhere">{maskUrl(webhook.url)}</span>
        </DescriptionItem>
        <DescriptionItem label="ID">
          <CopyableId id={webhook.id} />
        </DescriptionItem>
        <DescriptionItem label="Events">
          <Subscriptions webhook={webhook} />
        </DescriptionItem>
        <DescriptionItem label="Format">
          {formatLabels[webhook.format].name}
          {webhook.format === 'auto' && ` (${formatLabels[chat ?? 'json'].name})`}
        </DescriptionItem>
        <DescriptionItem label="Signing">
          {chat === undefined
            ? `${profileLabels[webhook.profile].name}${webhook.signing === 'ed25519' ? ', Ed25519' : ''}`
            : 'None, chat messages are not signed'}
        </DescriptionItem>
        {webhook.publicKey !== null && (
          <DescriptionItem label="Public key">
            <CopyableId id={webhook.publicKey} />
          </DescriptionItem>
        )}
        {webhook.previousSecretUntil !== null && (
          <DescriptionItem label="Previous secret">
            expires <Time at={webhook.previousSecretUntil} />
          </DescriptionItem>
        )}
        {headerNames.length > 0 && (
          <DescriptionItem label="Headers">
            <span className="font-mono text-[0.8667rem]">{headerNames.join(', ')}</span>
          </DescriptionItem>
        )}
        {webhook.clientCertificate !== null && (
          <DescriptionItem label="Client certificate">
            {webhook.clientCertificate.subject}, expires <Time at={webhook.clientCertificate.expiresAt} />
            <CopyableId id={webhook.clientCertificate.fingerprint} />
          </DescriptionItem>
        )}
        {webhook.rateLimit !== null && (
          <DescriptionItem label="Rate limit">{webhook.rateLimit} requests per second</DescriptionItem>
        )}
        <DescriptionItem label="Last success">
          <TimeOrNever at={webhook.health.lastSuccessAt} />
        </DescriptionItem>
        <DescriptionItem label="Last failure">
          <TimeOrNever at={webhook.health.lastFailureAt} />
        </DescriptionItem>
        <DescriptionItem label="Created">
          <Time at={webhook.createdAt} format="date" />
        </DescriptionItem>
      </DescriptionList>
    </Card>
  );
}

/** Entries that are listed at first. */
const maxEntries = 20;

/** The types and patterns of a webhook, with the versions that types are pinned to. */
function Subscriptions({ webhook: { events, eventVersions } }: { readonly webhook: WebhookView }) {
  const [showsAll, setShowsAll] = useState(false);
  // Types that only a pattern selects can be pinned, too.
  const pinned = Object.keys(eventVersions).filter((type) => !events.includes(type));
  const entries = [...events, ...pinned];
  const shown = showsAll ? entries : entries.slice(0, maxEntries);
  return (
    <>
      <ul className="flex flex-wrap gap-1">
        {shown.map((entry) => (
          <li
            key={entry}
            title={isEventPattern(entry) ? 'Includes types that are added later' : undefined}
            className="min-w-0 rounded-xl bg-sunken px-2 py-0.5 text-xs font-medium wrap-anywhere text-ink-2"
          >
            {entry}
            {eventVersions[entry] !== undefined && ` (version ${eventVersions[entry]})`}
          </li>
        ))}
      </ul>
      {shown.length < entries.length && (
        <Button size="small" variant="ghost" onClick={() => setShowsAll(true)}>
          Show all {entries.length}
        </Button>
      )}
      {events.some(isEventPattern) && (
        <p className="mt-1 text-xs text-ink-3">Patterns include the types that are added later.</p>
      )}
    </>
  );
}

function TimeOrNever({ at }: { readonly at: string | null }) {
  return at === null ? 'Never' : <Time at={at} />;
}
