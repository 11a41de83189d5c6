import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renewUrl } from '../../src/hooks/install.ts';
import { Hooked, runIn, writeFiles } from '../support/hooked.ts';
import { processesOf } from '../support/program.ts';

beforeEach(() => {
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
});
afterEach(() => vi.unstubAllEnvs());

const DATES = { GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' };

/** What a person sees of a commit, an amend, a merge, a rebase and a push. */
const SCRIPT = `
git commit --allow-empty -m first; echo "exit code $?"
echo a >a; git add a; git commit -m second; echo "exit code $?"
git commit --amend -m 'second, better'; echo "exit code $?"
git commit -m nothing; echo "exit code $?"
git checkout -b topic HEAD~1; echo b >b; git add b; git commit -m topic
git merge --no-edit main; echo "exit code $?"
git checkout -b other HEAD~1; git rebase main; echo "exit code $?"
git push ../bare main topic 2>&1; echo "exit code $?"
`;

/** A folder with nothing but links to these programs: a PATH that lacks all others. */
async function pathOf(hooked: Hooked, programs: readonly string[]): Promise<string> {
  const folder = join(hooked.root, `bin ${programs.length}`);
  await mkdir(folder);
  for (const program of programs) {
    const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    await symlink(real, join(folder, program));
  }
  return folder;
}

/** A port on which nobody listens. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('git prints and does with the hook what it prints and does without it', async () => {
  const seen: unknown[] = [];
  for (const isInstalled of [false, true]) {
    await using hooked = await Hooked.start();
    hooked.env = DATES;
    await hooked.init('app');
    await hooked.init('bare', '--bare');
    if (isInstalled) for (const folder of ['app', 'bare']) await hooked.install(folder);
    const { stdout, stderr } = await hooked.run('app', 'sh', '-c', SCRIPT);
    expect(hooked.deliveries().length > 0).toBe(isInstalled);
    seen.push({ stdout, stderr });
  }
  expect(seen[1]).toEqual(seen[0]);
});

test('git commit does not wait for a server that never answers, and nothing of the hook is left after its time limit', async () => {
  await using hooked = await Hooked.start({ isSilent: true });
  await hooked.init();
  await hooked.install();
  const { status, stdout, gone } = await runIn(join(hooked.root, 'app'), [
    'git',
    'commit',
    '-q',
    '--allow-empty',
    '-m',
    'x',
  ]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  let isGone = false;
  const end = gone.then(() => {
    isGone = true;
  });
  await hooked.listener.first;
  expect(isGone).toBe(false);
  // all that git wrote was read to its end, so nothing of the hook holds it open
  expect(await processesOf(hooked.root, /^curl/)).toHaveLength(1);
  await end;
});

test('git push does not wait for a server that never answers either', async () => {
  await using hooked = await Hooked.start({ isSilent: true });
  await hooked.init('bare', '--bare');
  await hooked.install('bare');
  await hooked.init('app');
  await hooked.commit('app', 'x');
  const { status, gone } = await runIn(join(hooked.root, 'app'), ['git', 'push', '-q', '../bare', 'main']);
  expect(status).toBe(0);
  await hooked.listener.first;
  expect(await processesOf(hooked.root, /^curl/)).toHaveLength(1);
  await gone;
});

test('with nobody listening a commit is made as ever', async () => {
  await using hooked = await Hooked.start();
  await hooked.init();
  await hooked.install('app', { url: `http://127.0.0.1:${await unusedPort()}/webhooks` });
  expect(await hooked.run('app', 'git', 'commit', '-q', '--allow-empty', '-m', 'x')).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  });
  await renewUrl(join(hooked.root, 'app/.git'), hooked.listener.url, hooked.secret);
  await hooked.commit('app', 'told again');
  expect(hooked.told()).toHaveLength(1);
});

test.each([
  ['curl', ['git', 'cat', 'tail', 'openssl']],
  ['openssl', ['git', 'cat', 'tail', 'curl']],
  ['curl and openssl', ['git', 'cat', 'tail']],
])('without %s a commit is made as ever, and nothing is sent', async (_, programs) => {
  await using hooked = await Hooked.start();
  await hooked.init();
  await hooked.install();
  hooked.env = { PATH: await pathOf(hooked, programs) };
  const ended = await hooked.run('app', 'git', 'commit', '-q', '--allow-empty', '-m', 'x');
  expect(ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(hooked.told()).toEqual([]);
});

test.each(['url', 'ipad', 'opad', 'repository.json'])('without its file %s the hook is silent', async (name) => {
  await using hooked = await Hooked.start();
  await hooked.init();
  await hooked.install();
  await unlink(join(hooked.root, 'app/.git/signalbox', name));
  const ended = await hooked.run('app', 'git', 'commit', '-q', '--allow-empty', '-m', 'x');
  expect(ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('the secret is in no argument and no environment of any process', async () => {
  await using hooked = await Hooked.start({ secret: 'a-secret-that-must-not-be-seen' });
  await hooked.init();
  await hooked.install();
  const log = join(hooked.root, 'seen');
  for (const program of ['openssl', 'curl', 'cat', 'tail', 'git']) {
    const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    const spy = `#!/bin/sh\n{ echo "ran ${program}"; printf '%s\\n' "$@"; env; } >>'${log}'\nexec '${real}' "$@"\n`;
    await writeFiles(hooked.root, { [`spies/${program}`]: spy });
  }
  hooked.env = { PATH: `${join(hooked.root, 'spies')}:${process.env.PATH}` };
  await hooked.commit('app', 'watched');
  expect(hooked.told()).toHaveLength(1);
  const seen = await readFile(log, 'latin1');
  for (const program of ['openssl', 'curl', 'cat']) expect(seen).toContain(`ran ${program}`);
  const forms = [
    hooked.secret,
    Buffer.from(hooked.secret).toString('hex'),
    Buffer.from(hooked.secret).toString('base64'),
  ];
  for (const form of forms) expect(seen.toLowerCase()).not.toContain(form.toLowerCase());
});

test('proxies, .curlrc and odd variables of the person who commits change nothing', async () => {
  await using hooked = await Hooked.start();
  await hooked.init();
  await hooked.install();
  const home = join(hooked.root, 'home');
  await writeFiles(home, { '.curlrc': 'proxy = "http://127.0.0.1:9"\nfail-early\noutput = "pwned"\n' });
  const proxy = 'http://127.0.0.1:9';
  hooked.env = {
    HOME: home,
    http_proxy: proxy,
    HTTP_PROXY: proxy,
    ALL_PROXY: proxy,
    IFS: '/',
    CDPATH: '/',
    LC_ALL: 'xx_YY',
  };
  await hooked.commit('app', 'proxied');
  expect(hooked.told()).toHaveLength(1);
});

test('the hook that comes after ours finds its environment, arguments and descriptors as git made them', async () => {
  const seen: string[] = [];
  for (const isInstalled of [false, true]) {
    await using hooked = await Hooked.start();
    hooked.env = { ...DATES, sb_mine: 'kept', ref: 'kept', url: 'kept' };
    await hooked.init();
    const spy =
      '#!/bin/sh\n{ echo "$# arguments"; env | sort | grep -v ^_=; ls -l /proc/self/fd | wc -l; pwd; } >>"$OUT"\n';
    await writeFiles(join(hooked.root, 'app/.git/hooks'), { 'post-commit': spy });
    if (isInstalled) await hooked.install();
    const out = join(hooked.root, 'out');
    hooked.env.OUT = out;
    await hooked.commit('app', 'x');
    seen.push((await readFile(out, 'utf8')).replaceAll(hooked.root, 'ROOT'));
  }
  expect(seen[1]).toBe(seen[0]);
});

test('a server that refuses ends the deliveries of a push at once', async () => {
  await using hooked = await Hooked.start();
  await hooked.init();
  await hooked.commit('app', 'first');
  await hooked.init('bare', '--bare');
  await hooked.install('bare', { url: `http://127.0.0.1:${await unusedPort()}/` });
  const counter = join(hooked.root, 'count');
  await writeFile(counter, '');
  const real = execFileSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).trim();
  await writeFiles(hooked.root, { 'spies/curl': `#!/bin/sh\necho ran >>'${counter}'\nexec '${real}' "$@"\n` });
  hooked.env = { PATH: `${join(hooked.root, 'spies')}:${process.env.PATH}` };
  await hooked.git('app', 'push', '-q', '../bare', ...[1, 2, 3, 4].map((n) => `main:refs/heads/b${n}`));
  expect(await readFile(counter, 'utf8')).toBe('ran\n');
});
