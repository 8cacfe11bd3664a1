import type { RenderPreview } from '../../domain/ports/sending.ts';
import { formatBody } from '../destinations/format-body.ts';
import { eventBody } from './signing/event-body.ts';
import { standardBody } from './signing/standard.ts';

/** The body that would be sent, by the very functions that send it. */
export const renderPreview: RenderPreview = (event, format, profile) => {
  if (format !== 'json') return formatBody(format, event);
  return profile === 'standard' ? standardBody(event) : eventBody(event);
};
