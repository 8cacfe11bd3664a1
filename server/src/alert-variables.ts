import { appId } from '@tocsin/shared';
import * as z from 'zod';

const flag = z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] });

const smtpUrl = z.string().superRefine((text, ctx) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The value may contain a password, so the message must not contain it.
  if (url === undefined || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    ctx.addIssue({ code: 'custom', message: 'must be smtps://user:password@host:465 or smtp://...:587' });
  }
});

/** The variables of alerts and operational events. Part of the schema in config.ts. */
export const alertVariables = {
  OPERATIONAL_APP: appId.optional().meta({
    description:
      'App that gets operational events, such as `endpoint.disabled` and `delivery.exhausted`, about the webhooks of all other apps. If unset, there are none. See docs/alerts.md.',
  }),
  ACCOUNT_ALERTS: flag.default(false).meta({
    description:
      'Lets accounts have alert channels and rules of their own, a few each, with e-mail to any address.',
  }),
  SMTP_URL: smtpUrl.optional().meta({
    description:
      'Mail server for alerts: `smtps://user:password@host:465`, or `smtp://user:password@host:587`, which must support STARTTLS. If unset, there are no alerts by e-mail.',
  }),
  SMTP_FROM: z.string().min(3).max(320).includes('@', 'must contain an e-mail address').optional().meta({
    description: 'Sender of alerts by e-mail, such as `Tocsin <alerts@example.com>`. Required with SMTP_URL.',
  }),
  SMTP_TLS: z.enum(['required', 'off']).default('required').meta({
    description:
      'Whether the connection to the mail server must be encrypted. `off` is for a relay on the same machine.',
  }),
};
