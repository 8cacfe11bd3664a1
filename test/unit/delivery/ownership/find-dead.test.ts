import { describe, expect, it } from 'vitest';
import { findDead, type FindDeadOptions } from '../../../../server/src/delivery/ownership/find-dead.ts';
import type { ProcessRecord } from '../../../../server/src/domain/ports/ownership.ts';
import { aProcess, aProcessRecord, aView } from '../../../support/builders.ts';

const now = 1_000_000;
const elsewhere = { pidNamespace: 'elsewhere' };

function find(process: Partial<ProcessRecord>, change: Partial<FindDeadOptions> = {}) {
  const view = aView({ now, processes: [aProcessRecord({ id: 'self' }), aProcessRecord(process)] });
  return findDead(view, {
    id: 'self',
    self: aProcess(),
    isStarting: false,
    isSilent: () => false,
    isAlive: () => true,
    ...change,
  });
}

describe('a process that sends no heartbeats', () => {
  const silent = { id: 'other', beats: 7, ...elsewhere };
  const isSilent = ({ beats }: ProcessRecord) => beats === 7;

  it('is dead, unless a heartbeat comes before the fence', () => {
    expect(find(silent, { isSilent })).toEqual([{ id: 'other', beats: 7 }]);
    expect(find({ ...silent, beats: 8 }, { isSilent })).toEqual([]);
  });

  it('is not fenced a second time', () => {
    expect(find({ ...silent, state: 'fenced' }, { isSilent })).toEqual([]);
  });

  it('can be draining', () => {
    expect(find({ ...silent, state: 'draining' }, { isSilent })).toHaveLength(1);
  });

  it('is not this process itself', () => {
    expect(find({ ...silent, id: 'self' }, { isSilent })).toEqual([]);
  });

  it('is fenced in any case if it has certainly exited', () => {
    const options = { isSilent, isAlive: () => false };
    expect(find({ ...silent, pid: 7, pidNamespace: 'namespace' }, options)).toEqual([
      { id: 'other', beats: undefined },
    ]);
  });
});

describe('a process of the same PID namespace', () => {
  it('is dead if its pid is not alive', () => {
    const asked: unknown[] = [];
    const isAlive = (...args: unknown[]) => (asked.push(args), false);
    const other = { id: 'other', pid: 7, pidStart: '70' };
    expect(find(other, { isAlive })).toEqual([{ id: 'other', beats: undefined }]);
    expect(asked).toEqual([[7, '70']]);
    expect(find(other)).toEqual([]);
    expect(find({ ...other, ...elsewhere }, { isAlive })).toEqual([]);
  });

  it('is dead if this process has its pid, unless it is this process', () => {
    expect(find({ id: 'other', pid: 1, pidStart: '99' })).toEqual([{ id: 'other', beats: undefined }]);
    expect(find({ id: 'other', pid: 1, pidStart: null })).toHaveLength(1);
    expect(find({ id: 'other', pid: 1, pidStart: '100' }, { isAlive: () => false })).toEqual([]);
    expect(find({ id: 'other', pid: 1, pidStart: '99', ...elsewhere })).toEqual([]);
  });
});

describe('the process that had the same instance', () => {
  const other = { id: 'other', instance: 'one', ...elsewhere };
  const self = aProcess({ instance: 'one' });

  it('is replaced at the start only', () => {
    expect(find(other, { self, isStarting: true })).toEqual([{ id: 'other', beats: undefined }]);
    expect(find(other, { self })).toEqual([]);
  });

  it('has the same name, which is not missing', () => {
    expect(find({ ...other, instance: 'two' }, { self, isStarting: true })).toEqual([]);
    expect(find({ ...other, instance: null }, { isStarting: true })).toEqual([]);
  });
});

it('an owner without a record is dead', () => {
  const view = aView({ now, processes: [aProcessRecord({ id: 'other', ...elsewhere })] }, [
    'other',
    'self',
    'removed',
    null,
    'removed',
  ]);
  const options = { self: aProcess(), isStarting: false, isSilent: () => false, isAlive: () => true };
  expect(findDead(view, { id: 'self', ...options })).toEqual([{ id: 'removed', beats: undefined }]);
});
