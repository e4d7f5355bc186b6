import { expect, test } from '@playwright/test';

import { forget, keep, restored, signOutEverywhere, type Session } from '../../session/session.ts';

/** A storage that works like the ones of a browser. */
class FakeStorage {
  readonly values = new Map<string, string>();
  getItem = (key: string) => this.values.get(key) ?? null;
  setItem = (key: string, value: string) => void this.values.set(key, value);
  removeItem = (key: string) => void this.values.delete(key);
}

const KEY = 'followgraph:session';
let tab: FakeStorage;
let device: FakeStorage;

test.beforeEach(() => {
  tab = new FakeStorage();
  device = new FakeStorage();
  Object.assign(globalThis, { sessionStorage: tab, localStorage: device });
});

function sessionOf(username: string, { hours = 1, stays = false } = {}): Session {
  return { username, token: `token of ${username}`, expiresAt: new Date(Date.now() + hours * 3_600_000).toISOString(), stays };
}

test('finds the session of the tab before the one of the device', () => {
  expect(restored()).toEqual({});
  keep(sessionOf('ada', { stays: true }));
  expect(restored().session).toMatchObject({ username: 'ada', stays: true });
  keep(sessionOf('rhys'));
  expect(restored().session).toMatchObject({ username: 'rhys', stays: false });
  expect(device.values.size, 'the session of another user stays').toBe(1);
});

test('stores a session in one place', () => {
  keep(sessionOf('ada', { stays: true }));
  keep(sessionOf('ada'));
  expect([tab.values.size, device.values.size]).toEqual([1, 0]);
  keep(sessionOf('ada', { stays: true }));
  expect([tab.values.size, device.values.size]).toEqual([0, 1]);
});

test('an expired session has ended', () => {
  keep(sessionOf('ada', { hours: -1 }));
  expect(restored()).toEqual({ ended: 'ada' });
  keep(sessionOf('rhys', { stays: true }));
  expect(restored().session).toMatchObject({ username: 'rhys' });
  forget(undefined);
  expect([tab.values.size, device.values.size]).toEqual([0, 1]);
  tab.setItem(KEY, JSON.stringify({ ...sessionOf('ada'), expiresAt: 'never' }));
  expect(restored().session).toMatchObject({ username: 'rhys' });
});

test('forgets the rejected session only', () => {
  keep(sessionOf('ada'));
  keep(sessionOf('rhys', { stays: true }));
  forget('token of ada');
  expect(restored().session).toMatchObject({ username: 'rhys' });
  forget('token of ada');
  expect(device.values.size).toBe(1);
});

test('signing out removes all sessions of the device', () => {
  keep(sessionOf('ada'));
  keep(sessionOf('rhys', { stays: true }));
  signOutEverywhere('ada');
  expect(restored()).toEqual({});
});

for (const value of ['', '{', 'null', '[]', '7', '{"username":"ada"}', '{"username":{},"token":[1],"expiresAt":4102444800000}', '{"username":"ada","token":"","expiresAt":"2100-01-01T00:00:00Z"}']) {
  test(`ignores ${value || 'an empty text'}`, () => {
    tab.setItem(KEY, value);
    device.setItem(KEY, value);
    expect(restored()).toEqual({});
  });
}

test('works without storage', () => {
  const refusal = () => {
    throw new Error('disabled');
  };
  for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(globalThis, name, { get: refusal, configurable: true });
  try {
    keep(sessionOf('ada', { stays: true }));
    forget('token of ada');
    signOutEverywhere('ada');
    expect(restored()).toEqual({});
  } finally {
    for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(globalThis, name, { writable: true, configurable: true, value: undefined });
  }
});
