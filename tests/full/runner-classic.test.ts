import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { verdictOfUnittest } from '../../src/protocol/classic.ts';
import { ClassicPort } from '../../src/runner/classic-port.ts';
import { ClassicScene } from '../support/classic-runner.ts';
import { snapshotOf } from '../support/folder-snapshot.ts';
import { openGate } from '../support/gate.ts';
import { createRepository, GIT_TEST_ENV } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const PASSING = { 'ci.sh': '#!/bin/sh\necho all is well\n' };
const unittest = (assertion: string) =>
  `import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(${assertion})\n`;
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

describe('a classic runner', () => {
  test('registers as the chapter does, answers its pings, and takes one commit at a time', async () => {
    await using gate = await openGate();
    await using repository = await createRepository({ 'ci.sh': `#!/bin/sh\n${gate.shell}\n` });
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    const { dispatcher } = scene;
    expect(dispatcher.runners).toEqual([{ host: 'localhost', port: expect.any(Number) }]);
    expect(await dispatcher.say('ping')).toBe('pong');
    expect(await dispatcher.say(`runtest:${sha}\n`)).toBe('OK');
    await gate.entered();
    expect(await dispatcher.say(`runtest:${sha}`)).toBe('BUSY');
    expect(await dispatcher.say('ping')).toBe('pong');
    gate.open();
    expect(lastLine(await dispatcher.result(sha))).toBe('OK');
    expect(await dispatcher.say(`runtest:${sha}`)).toBe('OK');
  });

  test('ends its results with the words of unittest', async () => {
    await using repository = await createRepository({ 'tests/test_a.py': unittest('True') });
    const green = await repository.git('rev-parse', 'HEAD');
    const red = await repository.commit('red', { 'tests/test_a.py': unittest('False') });
    await using scene = await ClassicScene.start(repository.path);
    await scene.dispatcher.say(`runtest:${green}`);
    expect(lastLine(await scene.dispatcher.result(green))).toBe('OK');
    await scene.dispatcher.say(`runtest:${red}`);
    const text = await scene.dispatcher.result(red);
    expect(text).toMatch(/^tests\/ holds Python tests: .*\n\$ python3 -m unittest/);
    expect(text).toContain('AssertionError: False is not true');
    expect(lastLine(text)).toBe('FAILED (failures=1)');
  });

  test('gives tests of another kind a last line in the form of unittest', async () => {
    await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\necho OK\nexit 3\n' });
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    await scene.dispatcher.say(`runtest:${sha}`);
    expect(lastLine(await scene.dispatcher.result(sha))).toBe('FAILED (exit code 3)');
  });

  test('puts the tests of several kinds into one result', async () => {
    await using repository = await createRepository({
      'tests/test_a.py': unittest('True'),
      Makefile: 'test:\n\t@echo from make; exit 1\n',
    });
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    await scene.dispatcher.say(`runtest:${sha}`);
    const text = await scene.dispatcher.result(sha);
    expect(text).toContain('Ran 1 test in');
    expect(text).toContain('from make');
    expect(lastLine(text)).toBe('FAILED (make: exit code 2)');
  });

  test('says in the form of unittest that a commit has no tests, or is nowhere', async () => {
    await using repository = await createRepository({ 'notes.txt': 'nothing to test\n' });
    const sha = await repository.git('rev-parse', 'HEAD');
    const nowhere = 'ab'.repeat(20);
    await using scene = await ClassicScene.start(repository.path);
    await scene.dispatcher.say(`runtest:${sha}`);
    expect(lastLine(await scene.dispatcher.result(sha))).toBe('NO TESTS RAN');
    await scene.dispatcher.say(`runtest:${nowhere}`);
    const text = await scene.dispatcher.result(nowhere);
    expect(lastLine(text)).toMatch(/^ERROR \(commit abab\S+ is not in /);
    expect(verdictOfUnittest(text).conclusion).toBe('error');
  });

  test('gets from the origin what its repository does not have, and leaves the repository as it is', async () => {
    await using origin = await createRepository(PASSING);
    await using dir = await tempDir();
    const clone = join(dir.path, 'clone');
    const env = { ...process.env, ...GIT_TEST_ENV };
    await promisify(execFile)('git', ['clone', '-q', origin.path, clone], { env });
    const sha = await origin.commit('second');
    const before = await snapshotOf(clone);
    await using scene = await ClassicScene.start(clone);
    await scene.dispatcher.say(`runtest:${sha}`);
    expect(await scene.dispatcher.result(sha)).toContain('all is well');
    expect(await snapshotOf(clone)).toEqual(before);
  });

  test('waits for a dispatcher that is not there yet', async () => {
    await using repository = await createRepository(PASSING);
    await using scene = await ClassicScene.begin(repository.path);
    const comesBack = await scene.losesDispatcher();
    await scene.startRunner({ dispatcher: scene.dispatcher.address });
    await comesBack();
    await waitFor('the registration', () => {
      scene.clock.advance(250);
      return scene.dispatcher.runners.length === 1;
    });
  });
});

describe('a classic runner whose dispatcher was gone', () => {
  test('delivers what it finished meanwhile, and registers again because nobody pings it', async () => {
    await using gate = await openGate();
    await using repository = await createRepository({ 'ci.sh': `#!/bin/sh\n${gate.shell}\n` });
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    await scene.dispatcher.say(`runtest:${sha}`);
    await gate.entered();
    const comesBack = await scene.losesDispatcher();
    gate.open();
    await waitFor('the result', async () => (await readdir(join(scene.home, 'results'))).length === 1);
    await comesBack();
    await waitFor('another registration', () => {
      scene.clock.advance(500);
      return scene.dispatcher.runners.length === 1;
    });
    expect(scene.dispatcher.results).toMatchObject([{ sha }]);
    expect(scene.dispatcher.heard.indexOf('results')).toBeLessThan(scene.dispatcher.heard.indexOf('register'));
    await waitFor('an empty outbox', async () => (await readdir(join(scene.home, 'results'))).length === 0);
  });

  test('does not register again with one that goes on pinging it', async () => {
    await using repository = await createRepository(PASSING);
    await using scene = await ClassicScene.start(repository.path);
    const { port } = scene.dispatcher.runners[0]!;
    const comesBack = await scene.losesDispatcher();
    for (let seconds = 0; seconds < 10; seconds++) scene.clock.advance(1_000);
    await comesBack();
    scene.dispatcher.runners.push({ host: 'localhost', port });
    for (let seconds = 0; seconds < 20; seconds++) {
      expect(await scene.dispatcher.say('ping')).toBe('pong');
      scene.clock.advance(1_000);
    }
    expect(scene.dispatcher.heard).not.toContain('register');
  });
});

describe('a result of a classic runner', () => {
  test('that the dispatcher hangs up on is said again until it is taken', async () => {
    await using repository = await createRepository(PASSING);
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    scene.dispatcher.hangsUp = true;
    await scene.dispatcher.say(`runtest:${sha}`);
    await waitFor('a first try', () => scene.dispatcher.heard.includes('results'));
    scene.dispatcher.hangsUp = false;
    await waitFor('the result', () => {
      scene.clock.advance(500);
      return scene.dispatcher.results.length === 1;
    });
  });

  test('is taken by a dispatcher that has forgotten the commit, which is asked to give it out again', async () => {
    await using gate = await openGate();
    await using repository = await createRepository({ 'ci.sh': `#!/bin/sh\n${gate.shell}\n` });
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    await scene.dispatcher.say(`runtest:${sha}`);
    await gate.entered();
    const comesBack = await scene.losesDispatcher();
    await comesBack();
    scene.dispatcher.hangsUp = true;
    gate.open();
    await waitFor('the result', () => {
      scene.clock.advance(500);
      return scene.dispatcher.results.length === 1;
    });
    expect(scene.dispatcher.results).toMatchObject([{ sha }]);
    expect(scene.dispatcher.heard).toContain('dispatch');
  });

  test('outlives the runner, and is delivered by its successor before that registers', async () => {
    await using repository = await createRepository(PASSING);
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    scene.dispatcher.hangsUp = true;
    await scene.dispatcher.say(`runtest:${sha}`);
    await waitFor('the first try', () => scene.dispatcher.heard.includes('results'));
    await scene.runner.stop();
    scene.dispatcher.hangsUp = false;
    scene.dispatcher.heard.length = 0;
    await scene.startRunner();
    expect(await scene.dispatcher.result(sha)).toContain('all is well');
    await waitFor('the registration', () => scene.dispatcher.heard.includes('register'));
    expect(scene.dispatcher.heard).toEqual(['status', 'results', 'register']);
  });

  test('of several megabytes arrives whole', async () => {
    await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\nyes a:b | head -c 5000000\n' });
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    await scene.dispatcher.say(`runtest:${sha}`);
    const text = await scene.dispatcher.result(sha);
    expect(text.match(/^a:b$/gm)).toHaveLength(1_250_000);
    expect(lastLine(text)).toBe('OK');
  });
});

describe('a classic runner that is drained', () => {
  test('finishes its commit, takes no other, delivers and leaves', async () => {
    await using gate = await openGate();
    await using repository = await createRepository({ 'ci.sh': `#!/bin/sh\n${gate.shell}\n` });
    const sha = await repository.git('rev-parse', 'HEAD');
    await using scene = await ClassicScene.start(repository.path);
    await scene.dispatcher.say(`runtest:${sha}`);
    await gate.entered();
    scene.runner.drain();
    expect(await scene.dispatcher.say(`runtest:${sha}`)).toBe('BUSY');
    gate.open();
    await scene.runner.finished;
    expect(scene.dispatcher.results).toMatchObject([{ sha }]);
  });

  test('with nothing to do leaves at once', async () => {
    await using repository = await createRepository(PASSING);
    await using scene = await ClassicScene.start(repository.path);
    scene.runner.drain();
    await scene.runner.finished;
  });
});

test('a classic runner that takes one commit only leaves once its result is delivered', async () => {
  await using repository = await createRepository(PASSING);
  const sha = await repository.git('rev-parse', 'HEAD');
  await using scene = await ClassicScene.start(repository.path, { once: true });
  await scene.dispatcher.say(`runtest:${sha}`);
  await scene.runner.finished;
  expect(scene.dispatcher.results).toMatchObject([{ sha }]);
});

test('classic runners listen on the first ports from 8900 on that are free', async () => {
  const ports = [await ClassicPort.open(), await ClassicPort.open()];
  const [first = 0, second = 0] = ports.map(({ number }) => number);
  await Promise.all(ports.map((port) => port.close()));
  expect(first).toBeGreaterThanOrEqual(8900);
  expect(second).toBeGreaterThan(first);
  expect(second).toBeLessThanOrEqual(9000);
  const taken = await ClassicPort.open({ first: 0, last: 0 });
  const full = ClassicPort.open({ first: taken.number, last: taken.number });
  await expect(full).rejects.toMatchObject({ code: 'E_NO_CLASSIC_PORT' });
  await taken.close();
});
