import { useMutation } from '@tanstack/react-query';
import type { RegisteredEventTypes } from '@tocsin/shared';
import { useState, type SubmitEvent } from 'react';
import { useLocation } from 'wouter';
import { toast } from '../../../components/ui/toast.tsx';
import { toApiError } from '../../../lib/api-error.ts';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import { toTypeHref } from '../type-href.ts';
import type { FieldProps } from './register-fields.tsx';
import { checkDraft, toRegistration, type RegistrationDraft } from './registration-draft.ts';
import { errorsFromMessage, type RegistrationErrors, type RegistrationField } from './registration-errors.ts';

type Result = RegisteredEventTypes['eventTypes'][number];

const resultTexts: Record<Result['result'], string> = {
  created: 'Event type registered.',
  updated: 'Event type changed.',
  new_version: 'New version registered.',
  unchanged: 'Nothing changed.',
};

/** The state of the form, and what is wrong with it: what the browser finds, then what the server does. */
export function useRegistration(initial: RegistrationDraft) {
  const [, navigate] = useLocation();
  const [draft, setDraft] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<RegistrationField>>(new Set());
  const [wasSubmitted, setSubmitted] = useState(false);
  const register = useMutation(trpc.eventTypes.register.mutationOptions());
  const found = checkDraft(draft);
  const rejected = toRejection(register.error);
  const update = (change: Partial<RegistrationDraft>) => {
    setDraft((before) => ({ ...before, ...change }));
    // The server's errors are about the text of before.
    register.reset();
  };
  const leave = ({ type, result }: Result) => {
    void queryClient.invalidateQueries(trpc.eventTypes.pathFilter());
    toast(resultTexts[result]);
    const { accountId } = draft;
    navigate(toTypeHref(type, accountId === null || accountId === '' ? undefined : accountId));
  };
  return {
    draft,
    update,
    isPending: register.isPending,
    formErrors: rejected.form ?? [],
    toField: (field: RegistrationField): FieldProps => ({
      errors: (wasSubmitted || touched.has(field) ? found[field] : undefined) ?? rejected[field],
      value: draft[field],
      onBlur: () => setTouched((before) => new Set([...before, field])),
      onChange: (value) => update({ [field]: value }),
    }),
    submit: (event: SubmitEvent<HTMLFormElement>) => {
      event.preventDefault();
      setSubmitted(true);
      const form = event.currentTarget;
      const focusError = () => requestAnimationFrame(() => focusFirstError(form));
      if (Object.keys(found).length > 0) {
        focusError();
        return;
      }
      const { accountId } = draft;
      register.mutate(
        { eventTypes: [toRegistration(draft)], ...(accountId !== '' && { accountId }) },
        { onSuccess: ({ eventTypes: [result] }) => result && leave(result), onError: focusError },
      );
    },
  };
}

/** The errors of the server, by field. An error that is not about the input belongs to the form. */
function toRejection(error: unknown): RegistrationErrors {
  if (error === null) return {};
  const { code, message } = toApiError(error);
  return code === 'INVALID_INPUT' || code === 'UNKNOWN_EVENT'
    ? errorsFromMessage(message)
    : { form: [message] };
}

function focusFirstError(form: HTMLFormElement): void {
  form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}
