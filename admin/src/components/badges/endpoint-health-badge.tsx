import type { EndpointState } from '@tocsin/shared';
import { healthLabels } from '../../lib/labels.ts';
import { Badge, type Tone } from '../ui/badge.tsx';

const healthTones: Record<EndpointState, Tone> = {
  healthy: 'ok',
  failing: 'warn',
  paused: 'bad',
  disabled: 'idle',
};

export function EndpointHealthBadge({ state }: { readonly state: EndpointState }) {
  return (
    <Badge tone={healthTones[state]} dot>
      {healthLabels[state]}
    </Badge>
  );
}
