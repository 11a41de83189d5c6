import { expect, test } from 'vitest';
import { Bounded } from '../../src/dispatcher/bounded.ts';
import { checkName, comparableUrl, localName, remoteName } from '../../src/dispatcher/repository-name.ts';
import { Tickets } from '../../src/dispatcher/tickets.ts';

test('a name is made from a path or a URL', () => {
  expect(localName('/x/y/app')).toBe('local/app');
  expect(localName('/x/y/app/.git')).toBe('local/app');
  expect(localName('/srv/git/app.git')).toBe('local/app');
  expect(localName('/x/my "odd" name\n')).toBe('local/my-odd-name');
  expect(remoteName('https://github.com/acme/app.git')).toBe('acme/app');
  expect(remoteName('https://gitlab.com/acme/team/app/')).toBe('acme/team/app');
  expect(remoteName('git@github.com:acme/app.git')).toBe('acme/app');
  expect(remoteName('ssh://git@host/app')).toBe('remote/app');
  for (const name of [localName('/x/my "odd" name\n'), remoteName('https://h/%2e%2e/%2e%2e/a%20b')])
    expect(checkName(name)).toBe(name);
});

test('two ways to write one URL compare the same', () => {
  const same = ['https://GitHub.com/acme/app', 'https://github.com/acme/app.git', 'https://me:pw@github.com/acme/app/'];
  expect(new Set(same.map(comparableUrl)).size).toBe(1);
  expect(comparableUrl('git@host:a/b.git')).toBe(comparableUrl('other@host:a/b'));
  expect(comparableUrl('https://host/a/b')).not.toBe(comparableUrl('https://host/a/B'));
});

test('a ticket is good for its execution, and for the dispatcher with the same token', () => {
  const tickets = new Tickets('token');
  const ticket = tickets.of({ job: 7, execution: 2 });
  expect(new Tickets('token').check(ticket)).toEqual({ job: 7, execution: 2 });
  expect(new Tickets('another').check(ticket)).toBeUndefined();
  expect(tickets.check(ticket.replace('7.2.', '7.3.'))).toBeUndefined();
  for (const bad of ['', 'x', '7.2.', `${ticket}x`, ticket.slice(1)]) expect(tickets.check(bad)).toBeUndefined();
});

test('a bounded map lets go of what was used least recently', () => {
  const dropped: number[] = [];
  const map = new Bounded<string, number>(2, (value) => dropped.push(value));
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), dropped]).toEqual([1, undefined, 3, [2]]);
});
