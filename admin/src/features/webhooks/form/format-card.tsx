import type { Format, Signing } from '@tocsin/shared';
import { Card } from '../../../components/ui/card.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { resolveChatFormat } from '../../../lib/chat-format.ts';
import { formatLabels } from '../../../lib/labels.ts';
import { FormatPreview } from './format-preview.tsx';
import { ProfileField } from './profile-field.tsx';
import type { WebhookDraft } from './webhook-draft.ts';

const formats = (Object.keys(formatLabels) as Format[]).map((value) => ({
  value,
  label: formatLabels[value].name,
}));

const signings = [
  { value: 'hmac', label: 'Shared secret (HMAC-SHA256)' },
  { value: 'ed25519', label: 'Key pair (Ed25519)' },
] as const satisfies readonly { value: Signing; label: string }[];

const signingHints: Record<Signing, string> = {
  hmac: 'The receiver verifies signatures with the shared secret.',
  ed25519: 'The receiver verifies signatures with a public key, which cannot sign.',
};

/** The body format and the signing of requests, with a preview. */
export function FormatCard({
  draft,
  accountId,
  changesSigning,
  onChange,
}: {
  readonly draft: WebhookDraft;
  readonly accountId: string | undefined;
  /** Whether saving changes how an existing webhook signs. */
  readonly changesSigning: boolean;
  readonly onChange: (change: Partial<WebhookDraft>) => void;
}) {
  const isChatMessage = resolveChatFormat(draft.url.trim(), draft.format) !== undefined;
  return (
    <Card title="Format and signing">
      <div className="grid gap-6 lg:grid-cols-2">
        <div className="flex flex-col gap-5">
          <SelectField
            label="Format"
            hint={formatLabels[draft.format].hint}
            value={draft.format}
            options={formats}
            onChange={(format) => onChange({ format })}
          />
          {isChatMessage ? (
            <p className="text-[0.8667rem] text-ink-2">
              Chat messages do not include the secret, a signature or custom headers.
            </p>
          ) : (
            <ProfileField value={draft.profile} onChange={(profile) => onChange({ profile })} />
          )}
          {!isChatMessage && draft.profile === 'standard' && (
            <SelectField
              label="Signature"
              hint={
                changesSigning
                  ? 'Saving creates a new secret. For one day, requests are signed with both.'
                  : signingHints[draft.signing]
              }
              value={draft.signing}
              options={signings}
              onChange={(signing) => onChange({ signing })}
            />
          )}
        </div>
        <FormatPreview
          url={draft.url}
          format={draft.format}
          profile={draft.profile}
          accountId={accountId}
          selected={draft.events}
        />
      </div>
    </Card>
  );
}
