import { useMutation } from '@tanstack/react-query';
import type { RegisteredEventTypes } from '@tocsin/shared';
import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { useLocation } from 'wouter';
import { toast } from '../../../components/ui/toast.tsx';
import { toApiError } from '../../../lib/api-error.ts';
import { queryClient, trpc } from '../../../lib/trpc.ts';
import { useUnsavedChanges } from '../../../lib/unsaved-changes.ts';
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
  const [submissions, setSubmissions] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const register = useMutation(trpc.eventTypes.register.mutationOptions());
  useUnsavedChanges(!register.isPending && !register.isSuccess && draft !== initial);
  const found = checkDraft(draft);
  const rejected = toRejection(register.error);
  // After the render that shows the errors.
  useEffect(() => {
    if (submissions > 0) focusFirstError(form.current);
  }, [submissions]);
  useEffect(() => {
    if (register.error !== null) focusFirstError(form.current);
  }, [register.error]);
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
    form,
    draft,
    update,
    isPending: register.isPending,
    formErrors: rejected.form ?? [],
    toField: (field: RegistrationField): FieldProps => ({
      // Not before the first submit: an error that appears on blur moves the button away from under the pointer.
      errors: (submissions > 0 ? found[field] : undefined) ?? rejected[field],
      value: draft[field],
      onChange: (value) => update({ [field]: value }),
    }),
    submit: (event: SubmitEvent<HTMLFormElement>) => {
      event.preventDefault();
      setSubmissions((before) => before + 1);
      if (Object.keys(found).length > 0) return;
      const { accountId } = draft;
      register.mutate(
        { eventTypes: [toRegistration(draft)], ...(accountId !== '' && { accountId }) },
        { onSuccess: ({ eventTypes: [result] }) => result && leave(result) },
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

function focusFirstError(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}
