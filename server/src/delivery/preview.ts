import type { RenderPreview } from '../domain/ports/sending.ts';
import { formatBody } from './formats/format-body.ts';
import { seedBody } from './profiles/seed-body.ts';
import { standardBody } from './profiles/standard.ts';

/** The body that would be sent, by the very functions that send it. */
export const renderPreview: RenderPreview = (event, format, profile) => {
  if (format !== 'json') return formatBody(format, event);
  return profile === 'standard' ? standardBody(event) : seedBody(event);
};
