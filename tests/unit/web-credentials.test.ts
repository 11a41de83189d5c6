import { expect, test } from 'vitest';
import { Credentials } from '../../src/support/http-credentials.ts';
import { isLoopback } from '../../src/support/http-guard.ts';

const TOKEN = 'a'.repeat(64);
const DAY_MS = 24 * 3_600_000;

test('a login code works once', () => {
  const credentials = new Credentials(TOKEN);
  const code = credentials.createCode();
  expect(credentials.redeem('guess')).toBe(false);
  expect(credentials.redeem(code)).toBe(true);
  expect(credentials.redeem(code)).toBe(false);
});

test('a login code ends after a day', () => {
  let now = new Date('2026-01-01T00:00:00Z');
  const credentials = new Credentials(TOKEN, () => now);
  const code = credentials.createCode();
  now = new Date(now.getTime() + DAY_MS);
  expect(credentials.redeem(code)).toBe(false);
});

test('a cookie is good for thirty days, also after a restart, and not with another token', () => {
  let now = new Date('2026-01-01T00:00:00Z');
  const first = new Credentials(TOKEN, () => now);
  const cookie = first.setCookie(false).split(';')[0] ?? '';
  expect(new Credentials(TOKEN, () => now).isCookie(cookie)).toBe(true);
  const value = cookie.split('=')[1] ?? '';
  const other = new Credentials('b'.repeat(64), () => now);
  expect(other.isCookie(`${other.cookieName}=${value}`)).toBe(false);
  now = new Date(now.getTime() + 31 * DAY_MS);
  expect(first.isCookie(cookie)).toBe(false);
});

test('a cookie whose time was changed is refused', () => {
  const credentials = new Credentials(TOKEN);
  const [name, value] = (credentials.setCookie(false).split(';')[0] ?? '').split('=');
  const mac = value?.split('.')[1];
  expect(credentials.isCookie(`${name}=99999999999.${mac}`)).toBe(false);
  expect(credentials.isCookie(`${name}=${value}x`)).toBe(false);
  expect(credentials.isCookie(`${name}`)).toBe(false);
});

test('the cookie cannot be read by scripts, is not sent from other sites, and does not hold the token', () => {
  const header = new Credentials(TOKEN).setCookie(true);
  expect(header).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
  expect(header).not.toContain(TOKEN);
});

test('an empty or short token is refused', () => {
  expect(() => new Credentials('')).toThrow(TypeError);
});

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['127.8.9.10', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['128.0.0.1', false],
  [undefined, false],
])('an address %s is from this machine: %s', (address, is) => {
  expect(isLoopback(address)).toBe(is);
});
