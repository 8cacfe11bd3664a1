import type { RenderPreview } from '../../domain/ports/sending.ts';
import { findDestination } from '../destinations/registry.ts';
import { eventBody } from './signing/event-body.ts';
import { standardBody } from './signing/standard.ts';

/** Renders the body of a request, with the same functions that a delivery uses. */
export const renderPreview: RenderPreview = (event, format, profile) => {
  const destination = findDestination(format);
  if (destination !== undefined) return destination.body(event);
  return profile === 'standard' ? standardBody(event) : eventBody(event);
};
