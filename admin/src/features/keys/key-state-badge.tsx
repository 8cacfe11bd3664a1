import type { KeyView } from '@tocsin/shared';
import { Badge } from '../../components/ui/badge.tsx';
import { Time } from '../../components/ui/time.tsx';
import { useNow } from '../../lib/use-now.ts';

/** When the end of a key needs attention. */
const soonMs = 14 * 86_400_000;

export function KeyStateBadge({ apiKey }: { readonly apiKey: KeyView }) {
  const now = useNow();
  if (apiKey.revokedAt !== null) return <Badge tone="bad">Revoked</Badge>;
  if (apiKey.expiresAt === null) return <Badge tone="ok">Active</Badge>;
  if (Date.parse(apiKey.expiresAt) <= now) return <Badge tone="idle">Expired</Badge>;
  const isSoon = Date.parse(apiKey.expiresAt) - now < soonMs;
  return (
    <Badge tone={isSoon ? 'warn' : 'ok'}>
      {isSoon ? 'Expires' : 'Active until'} <Time at={apiKey.expiresAt} />
    </Badge>
  );
}
