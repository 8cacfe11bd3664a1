import type { WebhookView } from '@tocsin/shared';
import { Badge } from '../../../components/ui/badge.tsx';
import { Card, DescriptionItem, DescriptionList } from '../../../components/ui/card.tsx';
import { CopyableId } from '../../../components/ui/copy-button.tsx';
import { AbsoluteTime, RelativeTime } from '../../../components/ui/time.tsx';
import { formatLabels, profileLabels } from '../../../lib/labels.ts';
import { maskUrl } from '@tocsin/shared';

export function SettingsCard({ webhook }: { readonly webhook: WebhookView }) {
  const headerNames = Object.keys(webhook.headers);
  return (
    <Card title="Settings">
      <DescriptionList>
        <DescriptionItem label="URL">
          <span className="font-mono text-[0.8667rem] break-all">{maskUrl(webhook.url)}</span>
        </DescriptionItem>
        <DescriptionItem label="ID">
          <CopyableId id={webhook.id} />
        </DescriptionItem>
        <DescriptionItem label="Events">
          <EventNames names={webhook.events} />
        </DescriptionItem>
        <DescriptionItem label="Format">{formatLabels[webhook.format].name}</DescriptionItem>
        <DescriptionItem label="Signing">
          {profileLabels[webhook.profile].name}
          {webhook.signing === 'ed25519' && ', Ed25519'}
        </DescriptionItem>
        {webhook.publicKey !== null && (
          <DescriptionItem label="Public key">
            <CopyableId id={webhook.publicKey} />
          </DescriptionItem>
        )}
        {webhook.previousSecretUntil !== null && (
          <DescriptionItem label="Previous secret">
            expires <RelativeTime at={webhook.previousSecretUntil} />
          </DescriptionItem>
        )}
        {headerNames.length > 0 && (
          <DescriptionItem label="Headers">
            <span className="font-mono text-[0.8667rem]">{headerNames.join(', ')}</span>
          </DescriptionItem>
        )}
        {webhook.clientCertificate !== null && (
          <DescriptionItem label="Client certificate">
            {webhook.clientCertificate.subject}, expires{' '}
            <RelativeTime at={webhook.clientCertificate.expiresAt} />
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
          <AbsoluteTime at={webhook.createdAt} />
        </DescriptionItem>
      </DescriptionList>
    </Card>
  );
}

function EventNames({ names }: { readonly names: readonly string[] }) {
  return (
    <ul className="flex flex-wrap gap-1">
      {names.map((name) => (
        <li key={name}>
          <Badge tone="idle">{name}</Badge>
        </li>
      ))}
    </ul>
  );
}

function TimeOrNever({ at }: { readonly at: string | null }) {
  return at === null ? 'Never' : <RelativeTime at={at} />;
}
