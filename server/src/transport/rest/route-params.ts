import * as z from 'zod';

/*
 * Ids in paths. They are plain strings, because a malformed id gets the same response as an unknown one.
 */

export const appParams = z.object({ appId: z.string().describe('The app.') });

export const webhookParams = appParams.extend({ webhookId: z.string().describe('The webhook.') });
