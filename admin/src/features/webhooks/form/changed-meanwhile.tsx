import { Button } from '../../../components/ui/button.tsx';
import { Card, DescriptionItem, DescriptionList } from '../../../components/ui/card.tsx';
import type { FieldDifference } from './compare-drafts.ts';

/** Shows what others changed while the form was open, and lets the operator drop the own changes. */
export function ChangedMeanwhile({
  differences,
  onReload,
}: {
  readonly differences: readonly FieldDifference[];
  readonly onReload: () => void;
}) {
  return (
    <Card title="This webhook was changed meanwhile">
      <p role="alert" className="mb-4 text-[0.9333rem] text-ink-2">
        Another change was saved after you opened this page, and yours is not saved. Save again to apply your
        changes to it.
      </p>
      <DescriptionList>
        {differences.map(({ label, stored, edited }) => (
          <DescriptionItem key={label} label={label}>
            <span className="block break-all">Stored now: {stored}</span>
            <span className="block break-all">In this form: {edited}</span>
          </DescriptionItem>
        ))}
      </DescriptionList>
      <div className="mt-4 flex justify-end">
        <Button onClick={onReload}>Discard my changes and reload</Button>
      </div>
    </Card>
  );
}
