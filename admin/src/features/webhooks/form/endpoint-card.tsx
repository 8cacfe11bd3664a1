import { useState } from 'react';
import { Card } from '../../../components/ui/card.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { urlHint, validateUrl } from './validate-url.ts';
import type { WebhookDraft } from './webhook-draft.ts';

/** The URL, the description and, for a new webhook, whether it is enabled. */
export function EndpointCard({
  draft,
  replacesSecret,
  onChange,
}: {
  readonly draft: WebhookDraft;
  readonly replacesSecret: boolean;
  readonly onChange: (change: Partial<WebhookDraft>) => void;
}) {
  return (
    <Card title="Endpoint">
      <div className="flex max-w-2xl flex-col gap-4">
        <UrlField value={draft.url} onChange={(url) => onChange({ url })} />
        {replacesSecret && (
          <p role="status" className="text-[0.8667rem] text-ink-2">
            Authon sends the secret itself. Saving generates a new one for this receiver and ends the old one.
          </p>
        )}
        <Field label="Description" hint="Optional. Helps operators identify this endpoint when it fails.">
          {(ids) => (
            <input
              {...ids}
              className="field"
              maxLength={500}
              value={draft.description}
              onChange={(event) => onChange({ description: event.target.value })}
            />
          )}
        </Field>
        {draft.enabled !== undefined && (
          <label className="flex items-center gap-2.5 text-[0.9333rem]">
            <input
              type="checkbox"
              checked={draft.enabled}
              onChange={(event) => onChange({ enabled: event.target.checked })}
            />
            Enabled
          </label>
        )}
      </div>
    </Card>
  );
}

function UrlField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const [wasBlurred, setBlurred] = useState(false);
  const url = value.trim();
  // Do not complain while the scheme is still being typed.
  const error = wasBlurred || value.length > 8 ? validateUrl(url) : undefined;
  return (
    <Field label="URL" error={error} hint={urlHint(url)}>
      {(ids) => (
        <input
          {...ids}
          type="url"
          inputMode="url"
          className="field font-mono"
          placeholder="https://"
          value={value}
          required
          autoComplete="off"
          spellCheck={false}
          onBlur={() => setBlurred(true)}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
