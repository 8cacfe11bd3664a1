import { beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { apiError } from '../../../../server/src/domain/errors.ts';
import type { Session } from '../../../../server/src/domain/session.ts';
import {
  getCsrfToken,
  isCsrfToken,
  SessionService,
  sessionMs,
} from '../../../../server/src/services/accounts/sessions.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

const key = keyActor();
const token: Actor = { kind: 'token', issuer: 'i', subject: 's', accountId: 'acc_a', scopes: new Set() };
const admit = () => undefined;

/** Sessions in memory, of the root token `root`, keys that begin with `tsk_`, and one token of an issuer. */
function aScene() {
  const clock = new FakeClock();
  const stored = new Map<string, Session>();
  const reads: (readonly string[])[] = [];
  const state = { held: Promise.resolve() };
  const create = (rootToken = 'root') =>
    new SessionService({
      sessions: {
        insert: (session) => Promise.resolve(void stored.set(session.idHash, session)),
        find: async (hashes) => {
          reads.push(hashes);
          const found = hashes.flatMap((hash) => stored.get(hash) ?? []);
          await state.held;
          return found;
        },
        delete: (hash) => Promise.resolve(void stored.delete(hash)),
        deleteOlder: (credential, keep) => {
          const all = [...stored.values()].filter((session) => session.credential === credential);
          all.sort((a, b) => b.createdAt - a.createdAt);
          for (const { idHash } of all.slice(keep)) stored.delete(idHash);
          return Promise.resolve();
        },
      },
      // `as`: the service authenticates with keys and does nothing else with them.
      keys: {
        authenticate: (text: string) => {
          if (text === rootToken) return Promise.resolve(rootActor);
          if (text === 'a.b.c') return Promise.resolve(token);
          return text.startsWith('tsk_')
            ? Promise.resolve(key)
            : Promise.reject(apiError('UNAUTHENTICATED', 'unknown'));
        },
        authenticateHash: (hash: Buffer) => ({ ...key, keyId: hash.toString('hex') }),
      } as never,
      clock,
      rootToken,
      encryptionKey: Buffer.alloc(32, 1),
    });
  return { clock, stored, reads, state, create, service: create() };
}

let scene: ReturnType<typeof aScene>;
beforeEach(() => void (scene = aScene()));

/** Opens a session a second after the last one. */
async function open(text = 'tsk_1') {
  scene.clock.advance(1_000);
  return (await scene.service.open(text, admit)).session;
}

describe('signing in', () => {
  it.each([
    ['a key', 'tsk_1', key, 'key'],
    ['the root token', 'root', rootActor, 'root'],
  ] as const)('with %s opens a session for twelve hours', async (_name, text, actor, kind) => {
    const opened = await scene.service.open(text, admit);
    expect(opened.actor).toEqual(actor);
    expect(opened.session).toMatchObject({ kind, createdAt: scene.clock.now() });
    expect(opened.session.expiresAt - scene.clock.now()).toBe(12 * 60 * 60 * 1000);
    expect(sessionMs).toBe(43_200_000);
    expect(await scene.service.find([opened.session.id], undefined)).toEqual(opened.session);
  });

  it('stores neither the id of the session nor what it was opened with', async () => {
    const { id } = await open();
    await open('root');
    const text = JSON.stringify([...scene.stored]);
    expect(id).toMatch(/^[\w-]{43}$/);
    for (const secret of [id, 'tsk_1', '"root"'])
      expect(text.replaceAll('"kind":"root"', '')).not.toContain(secret);
  });

  it.each([
    ['a token of an issuer', 'a.b.c', 'sign in with an API key or the root token'],
    ['what is neither', 'x', 'unknown'],
  ])('with %s is rejected', async (_name, text, message) => {
    await expect(scene.service.open(text, admit)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message });
  });

  it('stores nothing for an actor that is not admitted', async () => {
    const reject = () => Promise.reject(apiError('FORBIDDEN', 'no'));
    await expect(scene.service.open('tsk_1', reject)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(scene.stored.size).toBe(0);
  });

  it('ends the oldest of more than 20 sessions of a credential', async () => {
    const [first, second] = [await open(), await open()];
    await open('tsk_2');
    for (let n = 2; n < 21; n++) await open();
    expect(scene.stored.has(first.idHash)).toBe(false);
    expect(scene.stored.has(second.idHash)).toBe(true);
    expect(scene.stored.size).toBe(21);
  });
});

describe('the session of a request', () => {
  it('ends after twelve hours', async () => {
    const { id } = await open();
    scene.clock.advance(sessionMs - 1);
    expect(await scene.service.find([id], undefined)).toBeDefined();
    scene.clock.advance(1);
    expect(await scene.service.find([id], undefined)).toBeUndefined();
  });

  it('is read once a second, whether it exists or not', async () => {
    const { id } = await open();
    const unknown = 'x'.repeat(43);
    for (let n = 0; n < 3; n++) {
      await scene.service.find([id], undefined);
      await scene.service.find([unknown], undefined);
    }
    expect(scene.reads).toHaveLength(2);
  });

  it('is the newest of several, or the one that the page belongs to', async () => {
    const [older, newer] = [await open(), await open('tsk_2')];
    const find = async (csrfToken?: string) =>
      (await scene.service.find([older.id, newer.id], csrfToken))?.idHash;
    expect(await find()).toBe(newer.idHash);
    expect(await find(getCsrfToken(older))).toBe(older.idHash);
    expect(await find('x')).toBe(newer.idHash);
  });

  it('is looked for in eight well-formed cookies at most', async () => {
    const { id } = await open();
    for (const malformed of [`${id}x`, `x${id}`, id.slice(1), `${id.slice(1)}=`]) {
      expect(await scene.service.find([malformed], undefined)).toBeUndefined();
    }
    expect(scene.reads).toEqual([]);
    const planted = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(43));
    expect(await scene.service.find([...planted.slice(1), id], undefined)).toBeDefined();
    expect(await scene.service.find([...planted, id], undefined)).toBeUndefined();
  });

  it('that ends during its read is not cached', async () => {
    const session = await open();
    let release = () => {};
    scene.state.held = new Promise((resolve) => (release = resolve));
    const found = scene.service.find([session.id], undefined);
    await scene.service.end(session, { everywhere: false });
    release();
    expect(await found).toBeDefined();
    expect(await scene.service.find([session.id], undefined)).toBeUndefined();
  });
});

describe('the end of a session', () => {
  it('ends it at once, or all sessions of its credential', async () => {
    const [one, two, other] = [await open(), await open(), await open('tsk_2')];
    const isOpen = async (id: string) => (await scene.service.find([id], undefined)) !== undefined;
    for (const { id } of [one, two, other]) expect(await isOpen(id)).toBe(true);
    await scene.service.end(one, { everywhere: false });
    expect([await isOpen(one.id), await isOpen(two.id)]).toEqual([false, true]);
    await scene.service.end(two, { everywhere: true });
    expect([await isOpen(two.id), await isOpen(other.id)]).toEqual([false, true]);
  });
});

describe('the credential of a session', () => {
  it('is the hash of the key, which may have been revoked', async () => {
    const session = await open();
    expect(scene.service.authenticate(session)).toEqual({ ...key, keyId: session.credential });
    expect(session.credential).toMatch(/^[0-9a-f]{64}$/);
  });

  it('of root is the root token, until that changes', async () => {
    const session = await open('root');
    expect(scene.service.authenticate(session)).toEqual(rootActor);
    expect(() => scene.create('new').authenticate(session)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', message: 'the root token has changed' }) as Error,
    );
  });
});

describe('the CSRF token', () => {
  it('belongs to one session', async () => {
    const [one, two] = [await open(), await open()];
    expect(getCsrfToken(one)).not.toBe(getCsrfToken(two));
    expect(isCsrfToken(one, getCsrfToken(one))).toBe(true);
    for (const given of [getCsrfToken(two), '', `${getCsrfToken(one)}x`]) {
      expect(isCsrfToken(one, given)).toBe(false);
    }
  });
});
