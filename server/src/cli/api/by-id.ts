import { apiKeyId, appId, deliveryId, eventId, incidentId, replayId, webhookId } from '@tocsin/shared';
import * as z from 'zod';

/* Inputs of procedures that take an id and nothing else. */

export const appById = z.strictObject({ id: appId });
export const keyById = z.strictObject({ id: apiKeyId });
export const webhookById = z.strictObject({ id: webhookId });
export const eventById = z.strictObject({ id: eventId });
export const deliveryById = z.strictObject({ id: deliveryId });
export const replayById = z.strictObject({ id: replayId });
export const incidentById = z.strictObject({ id: incidentId });
