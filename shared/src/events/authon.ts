import * as z from 'zod';
import { toDefinitions, isoTimestamp, text } from './definition.ts';

const define = toDefinitions('authon');

/**
 * Authon's events. Its contract documents the payloads of five events. It names four more without their
 * payloads; their fields are inferred and reuse the documented names.
 */
export const authonEvents = {
  'user.login': define({
    description: 'A user successfully logs in.',
    source: 'documented',
    fields: { userId: text, username: text, ip: text, hwid: text, appId: text },
    example: {
      userId: 'usr_abc123',
      username: 'testuser',
      ip: '192.168.1.100',
      hwid: 'HWID-A1B2C3D4',
      appId: 'app_xyz789',
    },
  }),
  'user.register': define({
    description: 'A new user registers with a license key.',
    source: 'documented',
    fields: { userId: text, username: text, licenseKey: text, ip: text, appId: text },
    example: {
      userId: 'usr_def456',
      username: 'newuser',
      licenseKey: 'AUTH-7K2M-Q9XD-4TRB',
      ip: '192.168.1.100',
      appId: 'app_xyz789',
    },
  }),
  'user.ban': define({
    description: 'A user is banned by an admin.',
    source: 'documented',
    fields: { userId: text, username: text, reason: text, bannedBy: text, appId: text },
    example: {
      userId: 'usr_abc123',
      username: 'testuser',
      reason: 'Terms violation',
      bannedBy: 'seller_xyz',
      appId: 'app_xyz789',
    },
  }),
  'license.activate': define({
    description: 'A license key is activated for the first time.',
    source: 'documented',
    fields: {
      licenseId: text,
      key: text,
      durationType: text,
      level: z.int(),
      activatedBy: text,
      appId: text,
    },
    example: {
      licenseId: 'lic_123',
      key: 'AUTH-7K2M-Q9XD-4TRB',
      durationType: '30d',
      level: 1,
      activatedBy: 'usr_abc123',
      appId: 'app_xyz789',
    },
  }),
  'license.expire': define({
    description: 'A license is found to be expired when it is next used. Sent once.',
    source: 'inferred',
    fields: {
      licenseId: text,
      key: text,
      durationType: text,
      level: z.int(),
      userId: text,
      expiredAt: isoTimestamp,
      appId: text,
    },
    example: {
      licenseId: 'lic_123',
      key: 'AUTH-7K2M-Q9XD-4TRB',
      durationType: '30d',
      level: 1,
      userId: 'usr_abc123',
      expiredAt: '2025-07-15T14:30:00.000Z',
      appId: 'app_xyz789',
    },
  }),
  'license.delete': define({
    description: 'A license is deleted by an admin.',
    source: 'inferred',
    fields: { licenseId: text, key: text, deletedBy: text, appId: text },
    example: {
      licenseId: 'lic_123',
      key: 'AUTH-7K2M-Q9XD-4TRB',
      deletedBy: 'seller_xyz',
      appId: 'app_xyz789',
    },
  }),
  'file.download': define({
    description: 'An authenticated user downloads a file.',
    source: 'inferred',
    fields: { userId: text, username: text, fileId: text, fileName: text, ip: text, appId: text },
    example: {
      userId: 'usr_abc123',
      username: 'testuser',
      fileId: 'file_9f8e7d',
      fileName: 'loader-2.4.1.exe',
      ip: '192.168.1.100',
      appId: 'app_xyz789',
    },
  }),
  'session.create': define({
    description: 'A new session is created (login success). Never carries the session token.',
    source: 'inferred',
    fields: {
      sessionId: text,
      userId: text,
      username: text,
      ip: text,
      hwid: text,
      expiresAt: isoTimestamp,
      appId: text,
    },
    example: {
      sessionId: 'ses_5c1d2e',
      userId: 'usr_abc123',
      username: 'testuser',
      ip: '192.168.1.100',
      hwid: 'HWID-A1B2C3D4',
      expiresAt: '2025-06-16T14:30:00.000Z',
      appId: 'app_xyz789',
    },
  }),
  test: define({
    description: 'A test ping, sent when a webhook is tested.',
    source: 'documented',
    subscribable: false,
    fields: { message: text, appId: text, webhookId: text },
    example: {
      message: 'This is a test ping from Authon',
      appId: 'app_xyz789',
      webhookId: 'wh_0a1b2c3d4e5f',
    },
  }),
} as const;
