import * as z from 'zod';
import { toDefinitions, isoTimestamp, text } from './definition.ts';

const define = toDefinitions('authforge');

/** AuthForge's license states. An expired license stays `active`; its `expiresAt` is in the past. */
const licenseStatus = z.enum(['active', 'revoked']);

/** A count or a slot number from 0. AuthForge allows up to 16 slots; the publisher enforces that limit. */
const count = z.int().nonnegative();

/**
 * AuthForge's events. Its contract documents `licenseKey` and `appId` in each event. `status` and `hwid` of
 * license.validated come from the vendor's published example. All other fields are inferred and use the
 * vendor's names.
 */
export const authforgeEvents = {
  'license.validated': define({
    description: 'A license key is authenticated by an SDK.',
    source: 'documented',
    fields: { licenseKey: text, appId: text, status: licenseStatus, hwid: text },
    example: {
      licenseKey: 'A3K9-BFWX-7NP2-QHDT',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      status: 'active',
      hwid: 'a1b2c3d4e5f6',
    },
  }),
  'license.created': define({
    description: 'A license key is generated, one event for each key.',
    source: 'inferred',
    fields: {
      licenseKey: text,
      appId: text,
      status: licenseStatus,
      expiresAt: isoTimestamp.nullable(),
      maxHwidSlots: count,
      label: z.string().nullable(),
    },
    example: {
      licenseKey: 'A3K9-BFWX-7NP2-QHDT',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      status: 'active',
      expiresAt: '2027-04-10T00:00:00.000Z',
      maxHwidSlots: 2,
      label: 'order 10442',
    },
  }),
  'license.revoked': define({
    description: 'A license is revoked.',
    source: 'inferred',
    fields: { licenseKey: text, appId: text, status: licenseStatus },
    example: {
      licenseKey: 'A3K9-BFWX-7NP2-QHDT',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      status: 'revoked',
    },
  }),
  'license.activated': define({
    description: 'A revoked license is reactivated. The first use of a key is license.activate instead.',
    source: 'inferred',
    fields: { licenseKey: text, appId: text, status: licenseStatus },
    example: {
      licenseKey: 'A3K9-BFWX-7NP2-QHDT',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      status: 'active',
    },
  }),
  'license.hwid_bound': define({
    description: 'A device is bound to a slot of a license.',
    source: 'inferred',
    fields: {
      licenseKey: text,
      appId: text,
      status: licenseStatus,
      hwid: text,
      slot: count,
      maxHwidSlots: count,
      ip: text,
    },
    example: {
      licenseKey: 'A3K9-BFWX-7NP2-QHDT',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      status: 'active',
      hwid: 'a1b2c3d4e5f6',
      slot: 0,
      maxHwidSlots: 2,
      ip: '203.0.113.24',
    },
  }),
  'license.hwid_reset': define({
    description: 'The device bindings of a license are cleared.',
    source: 'inferred',
    fields: { licenseKey: text, appId: text, status: licenseStatus, hwidCount: count },
    example: {
      licenseKey: 'A3K9-BFWX-7NP2-QHDT',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      status: 'active',
      hwidCount: 2,
    },
  }),
  'license.deleted': define({
    description: 'A license is deleted. `status` is its last status.',
    source: 'inferred',
    fields: { licenseKey: text, appId: text, status: licenseStatus },
    example: {
      licenseKey: 'A3K9-BFWX-7NP2-QHDT',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      status: 'revoked',
    },
  }),
  'test.ping': define({
    description: 'A test ping, sent when a webhook is tested. The license key is a placeholder.',
    source: 'inferred',
    subscribable: false,
    fields: { licenseKey: text, appId: text, message: text },
    example: {
      licenseKey: 'TEST-TEST-TEST-TEST',
      appId: '550e8400-e29b-41d4-a716-446655440000',
      message: 'This is a test ping from Tocsin',
    },
  }),
} as const;
