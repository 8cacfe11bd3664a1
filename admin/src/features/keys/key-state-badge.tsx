import type { KeyView } from '@tocsin/shared';
import { Badge } from '../../components/ui/badge.tsx';
import { Time } from '../../components/ui/time.tsx';
import { useNow } from '../../lib/use-now.ts';

export function KeyStateBadge({ apiKey }: { readonly apiKey: KeyView }) {
  const now = useNow();
  if (apiKey.revokedAt !== null) return <Badge tone="bad">revoked</Badge>;
  if (apiKey.expiresAt === null) return <Badge tone="ok">active</Badge>;
  if (Date.parse(apiKey.expiresAt) <= now) return <Badge tone="idle">expired</Badge>;
  return (
    <Badge tone="warn">
      expires <Time at={apiKey.expiresAt} />
    </Badge>
  );
}
