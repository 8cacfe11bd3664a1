import type { EventTypeView, Format, SigningProfile, Signing, WebhookView } from '@tocsin/shared';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { chatFormatOf } from '../../../lib/chat-format.ts';
import { formatWords, profileWords } from '../../../lib/labels.ts';
import { EventPicker } from './event-picker.tsx';
import { FormatPreview } from './format-preview.tsx';
import { urlHint, urlProblem } from './validate-url.ts';

export interface WebhookDraft {
  readonly url: string;
  readonly events: readonly string[];
  /**
   * Of a new webhook only. An existing one is switched on its page, which asks what becomes of what waited; a form would
   * also bring back what it saw when it was opened.
   */
  readonly enabled?: boolean;
  readonly profile: SigningProfile;
  readonly signing: Signing;
  readonly format: Format;
  readonly headers: Readonly<Record<string, string>>;
  readonly description: string;
  readonly rateLimit: number | null;
}

export const emptyDraft: WebhookDraft = {
  url: '',
  events: [],
  enabled: true,
  profile: 'standard',
  signing: 'hmac',
  format: 'auto',
  headers: {},
  description: '',
  rateLimit: null,
};

const formats = (Object.keys(formatWords) as Format[]).map((value) => ({
  value,
  text: formatWords[value].name,
}));

const signings = [
  { value: 'hmac', text: 'Shared secret (HMAC-SHA256)' },
  { value: 'ed25519', text: 'Key pair (Ed25519)' },
] as const satisfies readonly { value: Signing; text: string }[];

const signingHints: Record<Signing, string> = {
  hmac: 'Receiver and server hold the same secret.',
  ed25519: 'The receiver holds a public key only, which cannot sign.',
};

export function draftOf(webhook: WebhookView): WebhookDraft {
  const { url, events, profile, signing, format, headers, description, rateLimit } = webhook;
  return { url, events, profile, signing, format, headers, description: description ?? '', rateLimit };
}

export function WebhookForm({
  initial,
  types,
  action,
  isBusy,
  error,
  onSubmit,
  onCancel,
}: {
  readonly initial: WebhookDraft;
  readonly types: readonly EventTypeView[];
  readonly action: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onSubmit: (draft: WebhookDraft) => void;
  readonly onCancel: () => void;
}) {
  const [draft, setDraft] = useState(initial);
  const [rows, setRows] = useState(() =>
    Object.entries(initial.headers).map(([name, value]) => ({ name, value })),
  );
  const [wasUrlLeft, setUrlLeft] = useState(false);
  const change = (part: Partial<WebhookDraft>) => setDraft((before) => ({ ...before, ...part }));
  const problem = urlProblem(draft.url.trim());
  // While the scheme is still being typed a complaint would only disturb.
  const shownProblem = wasUrlLeft || draft.url.length > 8 ? problem : undefined;
  const isChat = chatFormatOf(draft.url.trim(), draft.format) !== undefined;
  const isComplete = draft.url.trim() !== '' && problem === undefined && draft.events.length > 0;

  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        const headers = Object.fromEntries(
          rows.filter((row) => row.name.trim() !== '').map((row) => [row.name.trim(), row.value]),
        );
        onSubmit({ ...draft, url: draft.url.trim(), headers });
      }}
    >
      <Card title="Where to">
        <div className="flex max-w-2xl flex-col gap-4">
          <Field label="URL" problem={shownProblem} hint={urlHint(draft.url.trim())}>
            {(ids) => (
              <input
                {...ids}
                type="url"
                inputMode="url"
                className="field font-mono"
                placeholder="https://"
                value={draft.url}
                required
                autoComplete="off"
                spellCheck={false}
                onBlur={() => setUrlLeft(true)}
                onChange={(event) => change({ url: event.target.value })}
              />
            )}
          </Field>
          <Field label="Description" hint="Optional. What this endpoint is, for whoever sees it fail.">
            {(ids) => (
              <input
                {...ids}
                className="field"
                maxLength={500}
                value={draft.description}
                onChange={(event) => change({ description: event.target.value })}
              />
            )}
          </Field>
          {draft.enabled !== undefined && (
            <label className="flex items-center gap-2.5 text-[0.9333rem]">
              <input
                type="checkbox"
                checked={draft.enabled}
                onChange={(event) => change({ enabled: event.target.checked })}
              />
              Enabled
            </label>
          )}
        </div>
      </Card>

      <EventPicker types={types} chosen={draft.events} onChange={(events) => change({ events })} />

      <Card title="How it looks and how it is proven">
        <div className="grid gap-6 lg:grid-cols-2">
          <div className="flex flex-col gap-5">
            <SelectField
              label="Body"
              hint={formatWords[draft.format].hint}
              value={draft.format}
              choices={formats}
              onChange={(format) => change({ format })}
            />
            {isChat && (
              <p className="text-[0.8667rem] text-ink-2">
                A chat service gets neither the secret nor a signature, and none of your headers.
              </p>
            )}
            {!isChat && (
              <fieldset>
                <legend className="mb-1.5 text-[0.9rem] font-medium">Proof</legend>
                <div className="flex flex-col gap-2">
                  {(Object.keys(profileWords) as SigningProfile[]).map((value) => (
                    <label
                      key={value}
                      className="flex items-start gap-2.5 rounded-lg border border-line px-3 py-2.5 text-[0.9333rem] has-checked:border-accent has-checked:bg-accent-soft/40"
                    >
                      <input
                        type="radio"
                        name="profile"
                        className="mt-1"
                        checked={draft.profile === value}
                        onChange={() => change({ profile: value })}
                      />
                      <span>
                        <span className="font-medium">{profileWords[value].name}</span>
                        <span className="block text-[0.8667rem] text-ink-2">{profileWords[value].hint}</span>
                      </span>
                    </label>
                  ))}
                </div>
              </fieldset>
            )}
            {!isChat && draft.profile === 'standard' && (
              <SelectField
                label="Signature"
                hint={
                  draft.signing !== initial.signing && initial.url !== ''
                    ? 'A change makes a new secret; for a day requests are signed with both.'
                    : signingHints[draft.signing]
                }
                value={draft.signing}
                choices={signings}
                onChange={(signing) => change({ signing })}
              />
            )}
          </div>
          <FormatPreview url={draft.url} format={draft.format} types={types} chosen={draft.events} />
        </div>
      </Card>

      <Card title="More" hint="Headers of your own and a limit; most webhooks need neither">
        <div className="flex max-w-2xl flex-col gap-5">
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-1.5 text-[0.9rem] font-medium">Extra headers</legend>
            {rows.map((row, index) => {
              const set = (part: Partial<typeof row>) =>
                setRows(rows.map((each, at) => (at === index ? { ...each, ...part } : each)));
              return (
                <div key={index} className="flex items-center gap-2">
                  <input
                    aria-label={`Header ${index + 1}, name`}
                    placeholder="Name"
                    className="field font-mono"
                    value={row.name}
                    spellCheck={false}
                    autoComplete="off"
                    onChange={(event) => set({ name: event.target.value })}
                  />
                  <input
                    aria-label={`Header ${index + 1}, value`}
                    placeholder="Value"
                    className="field font-mono"
                    value={row.value}
                    spellCheck={false}
                    autoComplete="off"
                    onChange={(event) => set({ value: event.target.value })}
                  />
                  <IconButton
                    label={`Remove header ${index + 1}`}
                    onClick={() => setRows(rows.filter((_, at) => at !== index))}
                  >
                    <Trash2 aria-hidden className="size-4" />
                  </IconButton>
                </div>
              );
            })}
            <div>
              <Button
                size="small"
                icon={<Plus aria-hidden className="size-4" />}
                onClick={() => setRows([...rows, { name: '', value: '' }])}
              >
                Add a header
              </Button>
            </div>
          </fieldset>
          <Field label="At most so many requests a second" hint="Empty: as fast as the endpoint answers.">
            {(ids) => (
              <input
                {...ids}
                type="number"
                min={0.1}
                max={10_000}
                step="any"
                className="field max-w-40 tabular-nums"
                value={draft.rateLimit ?? ''}
                onChange={(event) =>
                  change({
                    rateLimit: Number.isNaN(event.target.valueAsNumber) ? null : event.target.valueAsNumber,
                  })
                }
              />
            )}
          </Field>
        </div>
      </Card>

      <div className="sticky bottom-0 z-20 -mx-4 flex flex-wrap items-center justify-end gap-x-4 gap-y-2 border-t border-line bg-bg/90 px-4 py-3 backdrop-blur-md sm:-mx-6 sm:px-6 lg:-mx-8 lg:px-8">
        <div className="mr-auto min-w-0">
          <InlineError error={error} />
        </div>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" isBusy={isBusy} disabled={!isComplete}>
          {action}
        </Button>
      </div>
    </form>
  );
}
