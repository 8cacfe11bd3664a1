import { describe, expect, it } from 'vitest';
import { auditCsvHeader, toAuditCsvLine, type AuditEntryView } from '@tocsin/shared';

const entry: AuditEntryView = {
  id: 'aud_1',
  at: '2026-01-02T03:04:05.000Z',
  action: 'webhook.updated',
  actor: { kind: 'key', keyId: 'key_1', keyPrefix: 'tsk_1', keyName: 'CI', issuer: null, subject: null },
  accountId: 'acc_1',
  appId: 'app_1',
  targetId: 'wh_1',
  targetName: 'Billing',
  address: '192.0.2.1',
  requestId: 'req_1',
  details: { changed: ['events', 'rateLimit'], backlog: null },
  changes: [
    { field: 'events', before: ['a.b'], after: ['a.b', 'c.d'] },
    { field: 'rateLimit', before: null, after: 5 },
  ],
};

describe('audit entries as CSV', () => {
  it('have a value for each column of the header', () => {
    expect(auditCsvHeader.split(',')).toHaveLength(14);
    expect(toAuditCsvLine(entry)).toBe(
      '2026-01-02T03:04:05.000Z,webhook.updated,key,key_1,CI,acc_1,app_1,wh_1,Billing,' +
        '"events: a.b -> a.b, c.d; rateLimit: none -> 5","changed: events, rateLimit",192.0.2.1,req_1,aud_1',
    );
  });

  it.each([
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['-1', "'-1"],
    ['@sum', "'@sum"],
  ])('show the name %j as the cell %s, which no spreadsheet runs', (targetName, cell) => {
    expect(toAuditCsvLine({ ...entry, targetName })).toContain(`,wh_1,${cell},`);
  });
});
