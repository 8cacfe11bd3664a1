import { describe, expect, it } from 'vitest';
import { toPrintable, toPrintableJson } from '../../../server/src/cli/output/printable.ts';
import { toRecordText } from '../../../server/src/cli/output/record.ts';
import { TableWriter, type Column } from '../../../server/src/cli/output/table.ts';

interface Row {
  readonly id: string;
  readonly name: string | null;
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'NAME', value: ({ name }) => name, canCut: true },
  { title: 'END', value: () => 'end' },
];
const id = 'dlv_01jz8q4m7v0c3h5k6n8r9s2t00';

describe('a table', () => {
  it('aligns columns by what a terminal shows, also of wide characters', () => {
    const rows = [
      { id: 'a', name: '請求書' },
      { id: 'b', name: 'plain' },
      { id: 'c', name: null },
    ];
    const lines = new TableWriter(columns, undefined).render(rows).split('\n');
    expect(lines).toEqual(['ID  NAME    END', 'a   請求書  end', 'b   plain   end', 'c   -       end']);
  });

  it('cuts to the width of the terminal, but never an id', () => {
    const rows = [{ id, name: '請求書'.repeat(20) }];
    const [, line = ''] = new TableWriter(columns, 60).render(rows).split('\n');
    // Each of these characters takes two columns.
    expect(line.length + (line.match(/[請求書]/g) ?? []).length).toBeLessThanOrEqual(60);
    expect(line).toContain(id);
    expect(line).toMatch(/[請求書]…\s+end$/);
    // Too narrow for the id: the line is longer than the terminal.
    expect(new TableWriter(columns, 10).render(rows)).toContain(id);
  });

  it('cuts nothing without a terminal, and prints its titles once', () => {
    const table = new TableWriter(columns, undefined);
    const name = 'n'.repeat(500);
    expect(table.render([{ id, name }])).toContain(name);
    expect(table.render([{ id, name: 'short' }])).not.toContain('NAME');
  });

  it('keeps each row on one line, without what controls a terminal', () => {
    const name = 'a\u001b[31m\r\nb\u202ec\u009bd';
    const [, ...lines] = new TableWriter(columns, undefined).render([{ id: '1', name }]).split('\n');
    expect(lines).toEqual([String.raw`1   a\u001b[31m\u000d\nb\u202ec\u009bd  end`]);
  });
});

describe('printable text', () => {
  it('keeps line ends, and JSON stays the same value', () => {
    expect(toPrintable('a\nb\u0007')).toBe(String.raw`a` + '\nb' + String.raw`\u0007`);
    const value = { text: 'a\u009b\u202e\n"\u001b' };
    const json = toPrintableJson(value);
    expect([json, JSON.parse(json)]).toEqual([expect.not.stringMatching(/[\u009b\u202e]/), value]);
  });
});

describe('a record', () => {
  it('has a line for each field, inner ones dotted, and the payload as JSON', () => {
    expect(
      toRecordText({ id: 'a', none: null, health: { state: 'ok' }, list: ['b', 'c'], data: { n: 1 } }),
    ).toBe(
      [
        'id            a',
        'none          -',
        'health.state  ok',
        'list          b, c',
        'data          {',
        '                "n": 1',
        '              }',
      ].join('\n'),
    );
  });
});
