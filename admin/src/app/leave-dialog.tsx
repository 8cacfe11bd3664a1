import { useSyncExternalStore } from 'react';
import { ConfirmDialog } from '../components/ui/dialog.tsx';
import { useNavigationGuard } from '../lib/unsaved-changes.ts';

/** Asks whether to leave a form with unsaved changes. */
export function LeaveDialog() {
  const guard = useNavigationGuard();
  const pending = useSyncExternalStore(guard.subscribe, guard.getPending);
  return (
    <ConfirmDialog
      title="Leave without saving?"
      confirmLabel="Discard changes"
      cancelLabel="Keep editing"
      open={pending !== undefined}
      loading={false}
      error={null}
      onConfirm={() => guard.confirm()}
      onClose={() => guard.cancel()}
    >
      The changes on this page are not saved.
    </ConfirmDialog>
  );
}
