import type { ReactNode } from 'react';
import { Card } from '../../components/ui/card.tsx';

/** A card below the control that selects it, with the action of the card beside. */
export function TabbedCard({
  tabs,
  action,
  children,
}: {
  readonly tabs: ReactNode;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <>
      <div className="flex min-h-9 flex-wrap items-center justify-between gap-3">
        {tabs}
        {action}
      </div>
      <Card flush>{children}</Card>
    </>
  );
}
