import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Ci } from '../support/ci.ts';
import { FakeRunner } from '../support/fake-runner.ts';
import { NativeClient } from '../support/native-client.ts';
import { waitFor } from '../support/wait-for.ts';

/** A socket that has said `bytes`, and what it hears until it is closed. */
async function talk(ci: Ci, bytes?: Buffer | string): Promise<{ socket: Socket; closed: Promise<string> }> {
  const [host = '', port] = ci.address.split(':');
  const socket = connect(Number(port), host);
  const heard: Buffer[] = [];
  socket.on('data', (data: Buffer) => heard.push(data));
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(heard).toString('latin1')));
  });
  await once(socket, 'connect');
  if (bytes !== undefined) socket.write(bytes);
  return { socket, closed };
}

function frame(text: string): Buffer {
  const body = Buffer.concat([Buffer.from([0]), Buffer.from(text)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

test('a wrong token is refused with words', async () => {
  await using ci = await Ci.start();
  const runner = ci.client(new FakeRunner(ci.address, { token: 'wrong' }));
  expect(await runner.received('refused')).toMatchObject({
    code: 'E_BAD_TOKEN',
    message: expect.stringContaining('token'),
  });
  await runner.closed;
  expect(ci.dispatcher.runners()).toEqual([]);
});

test('another version of the protocol is refused with words that say which side is old', async () => {
  await using ci = await Ci.start();
  const newer = ci.client(new FakeRunner(ci.address, { protocol: { min: 8, max: 9 } }));
  expect(await newer.received('refused')).toMatchObject({
    code: 'E_PROTOCOL_VERSION',
    message: 'version 0.0.0-test speaks protocol 8 to 9, this dispatcher 1 to 1; update the dispatcher',
  });
  const both = ci.client(new FakeRunner(ci.address, { protocol: { min: 1, max: 9 } }));
  expect(await both.welcomed()).toMatchObject({ protocol: 1 });
});

test('what does not begin with a hello, or says what its role does not say, is refused', async () => {
  await using ci = await Ci.start();
  const eager = ci.client(new NativeClient(ci.address));
  eager.send({ type: 'draining' });
  expect(await eager.received('refused')).toMatchObject({ code: 'E_HELLO_EXPECTED' });
  const nameless = ci.client(new NativeClient(ci.address));
  nameless.hello({ role: 'runner' });
  expect(await nameless.received('refused')).toMatchObject({ code: 'E_HELLO_EXPECTED' });
  const observer = await ci.observer();
  observer.send({ type: 'draining' });
  expect(await observer.received('refused')).toMatchObject({ code: 'E_HELLO_EXPECTED' });
});

test('garbage closes its connection and no other', async () => {
  await using ci = await Ci.start();
  const runner = await ci.runner();
  const garbage = [
    Buffer.from('\x01\x02\x03'),
    Buffer.from([0, 0, 0, 0]),
    frame('{"type":'),
    frame('{"type":"what"}'),
    '!ping',
  ];
  for (const bytes of [...garbage, frame('[[[['.repeat(1000))]) {
    const { closed } = await talk(ci, bytes as Buffer);
    expect(await closed).toBe('');
  }
  expect(await runner.heartbeat()).toMatchObject({ lost: [] });
});

test('a garbage frame after the hello closes the connection, and the job waits for its runner', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const { job, execution } = await runner.lease();
  runner.socket.write(frame('{"type":"finished","result":{}}'));
  await runner.closed;
  const again = await ci.runner({ executions: [{ job, execution, logBytes: 0 }] });
  expect(again.heard[0]).toMatchObject({ resume: [{ job, execution }] });
});

test('a connection that says nothing, or no whole hello, is closed after ten seconds', async () => {
  await using ci = await Ci.start();
  const silent = await talk(ci);
  const slow = await talk(ci, Buffer.from([0, 0]));
  await ci.runner();
  ci.clock.advance(9_000);
  await ci.settle();
  expect([silent.socket.destroyed, slow.socket.destroyed]).toEqual([false, false]);
  ci.clock.advance(1_000);
  await Promise.all([silent.closed, slow.closed]);
});

test('a hello that never ends is cut off before it fills the memory', async () => {
  await using ci = await Ci.start();
  const { socket, closed } = await talk(ci, Buffer.from([0, 0xff, 0xff, 0xff, 0]));
  for (let sent = 0; sent < 8 && !socket.destroyed; sent++) socket.write(Buffer.alloc(512 * 1024, 0x20));
  await closed;
});

test('a half-open connection counts as dead after four heartbeats', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  ci.clock.advance(25_001); // nothing is heard of it, although the socket is open
  await runner.closed;
  expect(ci.dispatcher.runners()).toMatchObject([{ name: 'one', state: 'lost', executions: [{ job: lease.job }] }]);
});

test('the newer one of two runners of one name counts, and the older is told so', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const older = await ci.runner({ session: 'session-1' });
  const newer = await ci.runner({ session: 'session-2' });
  expect(await older.received('refused')).toMatchObject({ code: 'E_FENCED', message: expect.stringContaining('one') });
  await older.closed;
  await ci.push(repository);
  await newer.lease();
  expect(older.count('lease')).toBe(0);
  expect(ci.dispatcher.runners()).toHaveLength(1);
});

test('a runner that comes back before its old connection is seen dead replaces it without a word', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const first = await ci.runner();
  await ci.push(repository);
  const { job, execution } = await first.lease();
  const second = await ci.runner({ executions: [{ job, execution, logBytes: 0 }] });
  await first.closed;
  expect(first.count('refused')).toBe(0);
  expect(await second.finished({ job, execution })).toMatchObject({ outcome: 'accepted' });
});

test('a runner that drains gets no new jobs and keeps those it has', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner({ slots: 2 });
  await ci.push(repository);
  const lease = await runner.lease();
  expect(await ci.dispatcher.drain('one')).toBe(true);
  expect(await ci.dispatcher.drain('nobody')).toBe(false);
  await runner.received('drain');
  await ci.push(repository, await repository.commit('second'));
  await ci.settle();
  expect(ci.dispatcher.runners()).toMatchObject([{ name: 'one', state: 'draining', executions: [{ job: lease.job }] }]);
  await runner.finished(lease);
  await ci.settle();
  expect(runner.count('lease')).toBe(1);
  const other = await ci.runner({ name: 'two' });
  await other.lease();
});

test('a runner that drains is taken back while something runs there, and is given jobs again once it says so', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner({ slots: 2, canResume: true });
  await ci.push(repository);
  await runner.lease();
  expect([await ci.dispatcher.resume('nobody'), await ci.dispatcher.resume('one')]).toEqual(['unknown', 'resumed']);
  await ci.dispatcher.drain('one');
  await runner.received('drain');
  runner.send({ type: 'draining' });
  await ci.push(repository, await repository.commit('second'));
  await ci.settle();
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'draining', canResume: true }]);
  expect(await ci.dispatcher.resume('one')).toBe('resumed');
  await runner.received('resume');
  await ci.settle();
  expect(runner.count('lease')).toBe(1);
  runner.send({ type: 'taking' });
  await runner.lease();
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'busy', canResume: false }]);
});

test('a runner that leaves by its own wish, or does not know the word, cannot be taken back', async () => {
  await using ci = await Ci.start();
  await ci.runner({ isDraining: true });
  const going = await ci.runner({ name: 'two', canResume: true });
  going.send({ type: 'draining', isOwnWish: true });
  await ci.settle();
  expect([await ci.dispatcher.resume('one'), await ci.dispatcher.resume('two')]).toEqual(['leaving', 'leaving']);
});

test('a drained runner that somebody starts again stays, is given nothing, and has jobs as soon as it is resumed', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner({ stays: true });
  await ci.push(repository);
  const lease = await runner.lease();
  await ci.dispatcher.drain('one');
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'draining', canResume: true }]);
  await runner.finished(lease);
  await ci.push(repository, await repository.commit('second'));
  await ci.settle();
  expect([runner.count('drain'), runner.count('lease')]).toEqual([0, 1]);
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'drained', canResume: true }]);
  expect(await ci.dispatcher.resume('one')).toBe('resumed');
  await runner.lease();
});

test('a runner that finishes its job for a successor is busy, and is given nothing', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner({ stays: true });
  await ci.push(repository);
  const lease = await runner.lease();
  await runner.vanish();
  const executions = [{ job: lease.job, execution: lease.execution, logBytes: 0 }];
  const orphan = await ci.runner({ stays: true, isDraining: true, canResume: false, executions });
  await ci.push(repository, await repository.commit('second'));
  await ci.settle();
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'busy', canResume: false }]);
  await orphan.finished(lease);
  await ci.settle();
  expect(orphan.count('lease')).toBe(0);
});

test('the successor of a runner that finished its job is given the next', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const orphan = await ci.runner({ stays: true, isDraining: true, canResume: false });
  await ci.push(repository);
  await orphan.vanish();
  await waitFor('its successor to be expected', () => ci.dispatcher.runners()[0]?.state === 'lost');
  const successor = await ci.runner({ stays: true, session: 'session-2' });
  await successor.lease();
});

test('that a runner with a successor is drained can be taken back', async () => {
  await using ci = await Ci.start();
  await ci.runner({ stays: true, isDraining: true, canResume: false });
  await ci.dispatcher.drain('one');
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'drained', canResume: true }]);
  expect(await ci.dispatcher.resume('one')).toBe('resumed');
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'idle' }]);
});

test('a runner stays drained by its name, whatever dies, until it is resumed', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.dispatcher.drain('one');
  await runner.vanish();
  await ci.restart();
  expect(ci.dispatcher.runners()).toMatchObject([{ name: 'one', state: 'drained', connectedAt: null }]);
  await ci.push(repository);
  const again = await ci.runner({ session: 'session-2' });
  await ci.settle();
  expect(again.heard[0]).toMatchObject({ type: 'welcome', isDrained: true });
  expect([again.count('lease'), again.count('drain')]).toEqual([0, 0]);
  expect(ci.dispatcher.runners()).toMatchObject([{ state: 'drained', canResume: true }]);
  expect(await ci.dispatcher.resume('one')).toBe('resumed');
  await again.lease();
  await ci.restart();
  expect(ci.dispatcher.runners()).toEqual([]);
});

test('draining all waits for what runs, and gives nothing more, to newcomers neither', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  const runs = await ci.push(repository, await repository.git('rev-parse', 'HEAD'), await repository.commit('second'));
  const lease = await runner.lease();
  let isDrained = false;
  const draining = ci.dispatcher.drainAll().then(() => {
    isDrained = true;
  });
  const newcomer = await ci.runner({ name: 'two' });
  await ci.settle();
  expect(isDrained).toBe(false);
  await runner.finished(lease);
  await draining;
  expect([runner.count('lease'), newcomer.count('lease'), runner.count('drain')]).toEqual([1, 0, 0]);
  expect(runs).toHaveLength(2);
});

test('a runner that says it drains, in its hello or later, gets nothing', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const leaving = await ci.runner({ isDraining: true });
  const going = await ci.runner({ name: 'two' });
  going.send({ type: 'draining' });
  await ci.settle();
  await ci.push(repository);
  await ci.settle();
  expect([leaving.count('lease'), going.count('lease')]).toEqual([0, 0]);
});

test('runners are shown as people see them', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  let changes = 0;
  ci.dispatcher.on('runners', () => changes++);
  const busy = await ci.runner({ name: 'busy', slots: 2, labels: ['gpu'], host: 'far' });
  await ci.push(repository);
  const { job, execution } = await busy.lease();
  await ci.runner({ name: 'idle', slots: 0 });
  const lost = await ci.runner({ name: 'lost' });
  await lost.vanish();
  await waitFor('the end of a connection', () => ci.dispatcher.runners().some(({ state }) => state === 'lost'));
  expect(ci.dispatcher.runners()).toMatchObject([
    {
      name: 'busy',
      state: 'busy',
      slots: 2,
      labels: ['gpu'],
      host: 'far',
      executions: [{ job, execution, since: ci.clock.now() }],
    },
    { name: 'idle', state: 'idle', protocol: 'native', version: '0.0.0-test' },
    { name: 'lost', state: 'lost' },
  ]);
  expect(changes).toBe(4);
  await ci.pass(60_000);
  expect(ci.dispatcher.runners().map(({ name }) => name)).toEqual(['busy', 'idle']);
});

test('a port that is taken is an error that says so, and leaves nothing behind', async () => {
  await using ci = await Ci.start();
  const listen = { host: '127.0.0.1', port: Number(ci.address.split(':')[1]) };
  await expect(Ci.start({ listen })).rejects.toMatchObject({ code: 'E_PORT_IN_USE' });
});

test('jobs go to runners that have their labels, and spread over those that are free', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const one = await ci.runner({ name: 'one', slots: 2 });
  const two = await ci.runner({ name: 'two', slots: 2 });
  await ci.push(repository, await repository.git('rev-parse', 'HEAD'), await repository.commit('second'));
  await Promise.all([one.lease(), two.lease()]);
});

test('the runner that had the repository last gets its next job', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  await using other = await ci.repository();
  const runners = [await ci.runner({ name: 'one' }), await ci.runner({ name: 'two' })];
  await Promise.all([ci.push(repository), ci.push(other)]);
  const leases = await Promise.all(runners.map((runner) => runner.lease()));
  for (const [at, runner] of runners.entries()) await runner.finished(leases[at]!);
  for (const [round, who] of [other, repository, other, other].entries()) {
    const [warm] = runners.filter((_, at) => leases[at]?.repository.id === who.record.id);
    await ci.push(who, await who.commit(`round ${round}`));
    await warm!.finished(await warm!.lease());
  }
});
