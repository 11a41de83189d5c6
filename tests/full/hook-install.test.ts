import { execFileSync } from 'node:child_process';
import { chmod, chown, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { gitDirOf } from '../../src/git/refs.ts';
import { findOverride, installHooks, renewUrl, uninstallHooks } from '../../src/hooks/install.ts';
import { isHookInstalled, wrongWithHook } from '../../src/hooks/installed-hook.ts';
import { snapshotOf } from '../support/folder-snapshot.ts';
import { Hooked, writeFiles } from '../support/hooked.ts';

beforeEach(() => {
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
});
afterEach(() => vi.unstubAllEnvs());

/** A hook that writes down that it ran: its name, arguments and input. */
const spy = (note: string, status = 0) =>
  `#!/bin/sh\n{ echo "${note}: \${0##*/} $*"; case \${0##*/} in *-receive|pre-push|post-rewrite) cat;; esac; } >>"$OUT"\nexit ${status}\n`;

/** What the spies wrote since the last time. */
async function ran(hooked: Hooked): Promise<string[]> {
  const path = join(hooked.root, 'out');
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  await rm(path, { force: true });
  return lines.map((line) => line.replaceAll(/[0-9a-f]{40}/g, 'SHA').trim());
}

async function start(): Promise<Hooked> {
  const hooked = await Hooked.start();
  hooked.env = { OUT: join(hooked.root, 'out') };
  await hooked.init();
  return hooked;
}

/** Uses a git configuration of the person's own, for the installer and for git alike. */
async function useGlobal(hooked: Hooked, text: string): Promise<void> {
  const path = join(hooked.root, 'gitconfig');
  await writeFile(path, text);
  vi.stubEnv('GIT_CONFIG_GLOBAL', path);
  hooked.env = { ...hooked.env, GIT_CONFIG_GLOBAL: path };
}

/** Husky 9: core.hooksPath is an untracked folder, whose scripts call those beside it. */
async function useHusky(hooked: Hooked, status = 0): Promise<void> {
  const stub = '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n';
  const h =
    '#!/usr/bin/env sh\nn=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ ! -f "$s" ] && exit 0\nsh -e "$s" "$@"\n';
  await writeFiles(join(hooked.root, 'app/.husky'), {
    '_/.gitignore': '*',
    '_/h': h,
    '_/pre-commit': stub,
    '_/post-commit': stub,
    'pre-commit': `echo "husky: pre-commit" >>"$OUT"; exit ${status}\n`,
    'post-commit': 'echo "husky: post-commit" >>"$OUT"\n',
  });
  await hooked.git('app', 'config', 'core.hooksPath', '.husky/_');
}

/** Ways in which a repository can be before the hook is installed. */
const SETUPS: Record<string, (hooked: Hooked) => Promise<string | undefined>> = {
  'a plain repository': async () => undefined,
  'one without a folder of hooks': async (hooked) => {
    await rm(join(hooked.root, 'app/.git/hooks'), { recursive: true });
    return undefined;
  },
  'one with hooks of each kind': async (hooked) => {
    const hooks = join(hooked.root, 'app/.git/hooks');
    await writeFiles(hooks, {
      'post-commit': spy('mine'),
      'pre-commit': spy('mine'),
      'post-merge': 'not executable\n',
    });
    await chmod(join(hooks, 'post-commit'), 0o751);
    await writeFiles(hooked.root, { 'app/scripts/rewrite': spy('linked') });
    await symlink('../../scripts/rewrite', join(hooks, 'post-rewrite'));
    await symlink('/nowhere', join(hooks, 'post-receive'));
    return undefined;
  },
  'one whose configuration does not end in a newline': async (hooked) => {
    const path = join(hooked.root, 'app/.git/config');
    await writeFile(path, `${await readFile(path, 'utf8')}[user]\n\tname = J\u00fcrgen \u00ff`, 'latin1');
    await chmod(path, 0o640);
    return undefined;
  },
  'one with husky': async (hooked) => {
    await useHusky(hooked);
    return undefined;
  },
  'one with a tracked folder of hooks': async (hooked) => {
    await writeFiles(join(hooked.root, 'app'), { '.githooks/post-commit': spy('tracked') });
    await hooked.git('app', 'config', 'core.hooksPath', '.githooks');
    await hooked.commit('app', 'hooks');
    return undefined;
  },
  'one of a person with hooks for all repositories': async (hooked) => {
    await writeFiles(hooked.root, { 'all hooks/post-commit': spy('global') });
    await useGlobal(hooked, `[core]\n\thooksPath = ${join(hooked.root, 'all hooks')}\n`);
    return undefined;
  },
  'one whose folder of hooks is a link': async (hooked) => {
    await rename(join(hooked.root, 'app/.git/hooks'), join(hooked.root, 'shared'));
    await symlink('../../shared', join(hooked.root, 'app/.git/hooks'));
    return undefined;
  },
  'a bare one': async (hooked) => {
    await hooked.init('bare', '--bare');
    return 'bare';
  },
  'a linked work tree': async (hooked) => {
    await hooked.commit('app', 'first');
    await hooked.git('app', 'worktree', 'add', '-q', '../linked');
    return 'linked';
  },
  'one at a path full of special characters': async (hooked) => {
    const folder = 'a [b]* ? "c" \\ $(d)\n\u2602';
    await hooked.init(folder);
    await hooked.git(folder, 'config', 'core.hooksPath', '.githooks');
    return folder;
  },
};

test('a hook that git cannot call is told from one that it can, with the reason', async () => {
  await using hooked = await start();
  await hooked.install('app');
  const commonDir = join(hooked.root, 'app', '.git');
  const path = join(commonDir, 'hooks/post-commit');
  expect(await wrongWithHook(commonDir)).toBeUndefined();
  await chmod(path, 0o644);
  expect(await wrongWithHook(commonDir)).toBe('post-commit is not executable');
  await writeFile(path, '#!/bin/sh\nexit 0\n');
  expect(await wrongWithHook(commonDir)).toBe('post-commit was overwritten');
  await rm(path);
  expect(await wrongWithHook(commonDir)).toBe('post-commit is missing');
  expect(await isHookInstalled(commonDir)).toBe(false);
});

describe.each(Object.entries(SETUPS))('in %s', (_, setUp) => {
  test('what was installed is taken away again byte for byte', async () => {
    await using hooked = await start();
    const folder = (await setUp(hooked)) ?? 'app';
    const before = await snapshotOf(hooked.root);
    await hooked.install(folder);
    expect(await snapshotOf(hooked.root)).not.toEqual(before);
    const { commonDir } = await gitDirOf(join(hooked.root, folder));
    expect(await isHookInstalled(commonDir)).toBe(true);
    const report = await uninstallHooks(join(hooked.root, folder));
    expect(await snapshotOf(hooked.root)).toEqual(before);
    expect(report.isChanged).toBe(true);
    expect(await isHookInstalled(commonDir)).toBe(false);
    expect((await uninstallHooks(join(hooked.root, folder))).isChanged).toBe(false);
  });

  test('installing again changes nothing', async () => {
    await using hooked = await start();
    const folder = (await setUp(hooked)) ?? 'app';
    expect(await hooked.install(folder)).not.toEqual([]);
    const once = await snapshotOf(hooked.root);
    expect(await hooked.install(folder)).toEqual([]);
    expect(await snapshotOf(hooked.root)).toEqual(once);
  });

  test('nothing is written outside of the git folder, and a commit is told of', async () => {
    await using hooked = await start();
    const folder = (await setUp(hooked)) ?? 'app';
    const outside = async () => {
      const all = Object.entries(await snapshotOf(hooked.root));
      return Object.fromEntries(all.filter(([path]) => !/(?:^|\/)(?:\.git|bare)(?:\/|$)/.test(path)));
    };
    const before = await outside();
    await hooked.install(folder);
    expect(await outside()).toEqual(before);
    if (folder !== 'bare') await hooked.commit(folder, 'told of');
    else await hooked.commit('app', 'told of').then(() => hooked.git('app', 'push', '-q', '../bare', 'main'));
    expect(hooked.told()).toHaveLength(1);
  });
});

test('a hook that was there runs after ours, with its arguments, beside the files that it needs', async () => {
  await using hooked = await start();
  const husky4 = '#!/bin/sh\n. "$(dirname "$0")/husky.sh"\n';
  await writeFiles(join(hooked.root, 'app/.git/hooks'), {
    'post-commit': husky4,
    'husky.sh': 'echo "husky 4: $(basename "$0")" >>"$OUT"\n',
    'post-merge': spy('mine'),
    'post-rewrite': spy('mine'),
    'pre-commit': spy('mine'),
  });
  await hooked.install();
  await hooked.commit('app', 'first');
  expect(await ran(hooked)).toEqual(['mine: pre-commit', 'husky 4: post-commit']);
  await hooked.git('app', 'checkout', '-q', '-b', 'topic');
  await hooked.commit('app', 'second');
  await hooked.git('app', 'checkout', '-q', 'main');
  await ran(hooked);
  await hooked.git('app', 'merge', '-q', 'topic');
  expect(await ran(hooked)).toEqual(['mine: post-merge 0']);
  await hooked.git('app', 'commit', '-q', '--amend', '--allow-empty', '-m', 'better');
  expect(await ran(hooked)).toEqual([
    'mine: pre-commit',
    'husky 4: post-commit',
    'mine: post-rewrite amend',
    'SHA SHA',
  ]);
});

test('four who install at once do it once, and two who take it away leave nothing', async () => {
  await using hooked = await start();
  await writeFiles(join(hooked.root, 'app/.git/hooks'), { 'post-commit': spy('mine') });
  const before = await snapshotOf(hooked.root);
  const changes = await Promise.all([1, 2, 3, 4].map(() => hooked.install()));
  expect(changes.filter((steps) => steps.length > 0)).toHaveLength(1);
  await Promise.all([1, 2].map(() => uninstallHooks(join(hooked.root, 'app'))));
  expect(await snapshotOf(hooked.root)).toEqual(before);
});

test('a hook that may not be executed is kept, and stays silent', async () => {
  await using hooked = await start();
  await writeFile(join(hooked.root, 'app/.git/hooks/post-commit'), spy('mine'));
  await hooked.install();
  await hooked.commit('app', 'first');
  expect(await ran(hooked)).toEqual([]);
  expect(hooked.told()).toHaveLength(1);
});

test('in a bare repository both hooks read the refs, and the exit status of the one that was there counts', async () => {
  await using hooked = await start();
  await hooked.commit('app', 'first');
  await hooked.init('bare', '--bare');
  await writeFiles(join(hooked.root, 'bare/hooks'), { 'post-receive': spy('mine', 3), 'pre-receive': spy('mine') });
  await hooked.install('bare');
  await hooked.git('app', 'push', '-q', '../bare', 'main', 'main:refs/heads/other');
  const refs = ['SHA SHA refs/heads/main', 'SHA SHA refs/heads/other'];
  expect(await ran(hooked)).toEqual(['mine: pre-receive', ...refs, 'mine: post-receive', ...refs]);
  expect(hooked.told()).toHaveLength(2);
  const input = `${'0'.repeat(40)} ${await hooked.sha('app')} refs/heads/main\n`;
  const ended = await hooked.run('bare', 'sh', '-c', `printf %s '${input}' | GIT_DIR=. hooks/post-receive`);
  expect(ended.status).toBe(3);
});

test('husky is kept: its hooks run and may refuse, also after it has set its folder again', async () => {
  await using hooked = await start();
  await useHusky(hooked);
  await hooked.install();
  await hooked.commit('app', 'first');
  expect(await ran(hooked)).toEqual(['husky: pre-commit', 'husky: post-commit']);
  expect(hooked.told()).toHaveLength(1);
  await hooked.git('app', 'config', 'core.hooksPath', '.husky/_');
  await useHusky(hooked, 1);
  const refused = await hooked.run('app', 'git', 'commit', '-q', '--allow-empty', '-m', 'refused');
  expect({ status: refused.status, ran: await ran(hooked) }).toEqual({ status: 1, ran: ['husky: pre-commit'] });
  await hooked.git('app', 'commit', '-q', '--allow-empty', '--no-verify', '-m', 'second');
  expect(await ran(hooked)).toEqual(['husky: post-commit']);
  expect(hooked.told()).toHaveLength(1);
});

test('hooks of a tracked folder run in every work tree, with input, arguments and exit status', async () => {
  await using hooked = await start();
  await writeFiles(join(hooked.root, 'app/.githooks'), {
    'commit-msg': spy('tracked'),
    'post-checkout': spy('tracked'),
    'pre-push': spy('tracked', 7),
    'post-commit': spy('tracked'),
  });
  await hooked.git('app', 'config', 'core.hooksPath', '.githooks');
  await hooked.install();
  await hooked.commit('app', 'first');
  await ran(hooked);
  await hooked.git('app', 'worktree', 'add', '-q', '../linked');
  expect(await ran(hooked)).toEqual(['tracked: post-checkout SHA SHA 1']);
  await hooked.commit('linked', 'second');
  expect((await ran(hooked))[1]).toBe('tracked: post-commit');
  expect(hooked.told()).toHaveLength(2);
  await hooked.init('bare', '--bare');
  expect((await hooked.run('app', 'git', 'push', '-q', '../bare', 'main')).status).toBe(1);
  expect(await ran(hooked)).toEqual(['tracked: pre-push ../bare ../bare', 'refs/heads/main SHA refs/heads/main SHA']);
});

test("a person's hooks for all repositories run, and their folder is not written to", async () => {
  await using hooked = await start();
  await writeFiles(hooked.root, { 'all hooks/pre-commit': spy('global'), 'all hooks/post-commit': spy('global') });
  await useGlobal(hooked, `[core]\n\thooksPath = "${join(hooked.root, 'all hooks')}"\n`);
  const before = await snapshotOf(join(hooked.root, 'all hooks'));
  await hooked.install();
  await hooked.commit('app', 'first');
  expect(await ran(hooked)).toEqual(['global: pre-commit', 'global: post-commit']);
  expect(hooked.told()).toHaveLength(1);
  expect(await snapshotOf(join(hooked.root, 'all hooks'))).toEqual(before);
});

test('a core.hooksPath that is changed later is followed, and so is one that is taken away', async () => {
  await using hooked = await start();
  await writeFiles(join(hooked.root, 'app'), { '.one/pre-commit': spy('one'), '.two/pre-commit': spy('two') });
  await writeFiles(join(hooked.root, 'app/.git/hooks'), { 'pre-commit': spy('usual') });
  await hooked.git('app', 'config', 'core.hooksPath', '.one');
  await hooked.install();
  await hooked.commit('app', 'first');
  expect(await ran(hooked)).toEqual(['one: pre-commit']);
  await hooked.git('app', 'config', 'core.hooksPath', '.two');
  await hooked.commit('app', 'second');
  await hooked.commit('app', 'third');
  expect(await ran(hooked)).toEqual(['two: pre-commit', 'two: pre-commit']);
  await hooked.git('app', 'config', '--unset', 'core.hooksPath');
  await hooked.commit('app', 'fourth');
  expect(await ran(hooked)).toEqual(['usual: pre-commit']);
  expect(hooked.told()).toHaveLength(4);
});

test('in a repository that was moved the hooks of core.hooksPath still run', async () => {
  await using hooked = await start();
  await writeFiles(join(hooked.root, 'app'), { '.githooks/pre-commit': spy('tracked') });
  await hooked.git('app', 'config', 'core.hooksPath', '.githooks');
  await hooked.install();
  await rename(join(hooked.root, 'app'), join(hooked.root, 'moved'));
  await hooked.commit('moved', 'first');
  expect(await ran(hooked)).toEqual(['tracked: pre-commit']);
  expect(await hooked.install('moved')).not.toEqual([]);
  await hooked.commit('moved', 'second');
  expect(await ran(hooked)).toEqual(['tracked: pre-commit']);
  expect(hooked.told()).toHaveLength(1);
});

test('a repository that took up husky since then is led through our folder by installing again', async () => {
  await using hooked = await start();
  await writeFiles(join(hooked.root, 'app/.git/hooks'), { 'post-commit': spy('mine') });
  const before = await snapshotOf(join(hooked.root, 'app/.git/hooks'));
  await hooked.install();
  await useHusky(hooked);
  await hooked.install();
  expect(await snapshotOf(join(hooked.root, 'app/.git/hooks'))).toEqual(before);
  await hooked.commit('app', 'first');
  expect(await ran(hooked)).toEqual(['husky: pre-commit', 'husky: post-commit']);
  expect(hooked.told()).toHaveLength(1);
});

test('what others change between installing and uninstalling stays', async () => {
  await using hooked = await start();
  const hooks = join(hooked.root, 'app/.git/hooks');
  await writeFiles(hooks, { 'post-commit': spy('mine') });
  await hooked.git('app', 'config', 'core.hooksPath', join(hooked.root, 'app/.git/hooks'));
  await hooked.install();
  await hooked.git('app', 'config', 'user.name', 'Ada');
  await hooked.git('app', 'config', 'signalbox.more', 'x');
  await writeFiles(hooks, { 'post-commit': spy('theirs'), 'post-merge': spy('theirs') });
  await rm(join(hooks, 'post-rewrite'));
  const report = await uninstallHooks(join(hooked.root, 'app'));
  expect(report.steps.filter((step) => step.what.includes('someone else')).map((step) => step.path)).toEqual([
    join(hooks, 'post-commit'),
    join(hooks, 'post-merge'),
  ]);
  expect(await readFile(join(hooks, 'post-commit'), 'utf8')).toBe(spy('theirs'));
  expect(await readFile(join(hooks, 'post-commit.before-signalbox'), 'utf8')).toBe(spy('mine'));
  expect(await hooked.git('app', 'config', 'user.name')).toBe('Ada');
  expect(await hooked.git('app', 'config', 'signalbox.more')).toBe('x');
  expect((await hooked.run('app', 'git', 'config', 'signalbox.home')).status).toBe(1);
});

test('a hook that someone put in the place of ours is left as it is when installing again', async () => {
  await using hooked = await start();
  const hooks = join(hooked.root, 'app/.git/hooks');
  await writeFiles(hooks, { 'post-commit': spy('mine') });
  await hooked.install();
  await rename(join(hooks, 'post-commit'), join(hooks, 'post-commit.legacy'));
  await writeFiles(hooks, { 'post-commit': `${spy('framework').replace('exit 0\n', '')}"$0.legacy" "$@"\n` });
  expect(await hooked.install()).toEqual([]);
  await hooked.commit('app', 'first');
  expect(await ran(hooked)).toEqual(['framework: post-commit']);
});

test('an older version of our script is renewed', async () => {
  await using hooked = await start();
  await writeFiles(join(hooked.root, 'app/.git/hooks'), { 'post-commit': spy('mine') });
  await hooked.install();
  const older = '#!/bin/sh\n# an older version\n';
  const { createHash } = await import('node:crypto');
  const manifest = join(hooked.root, 'app/.git/signalbox/manifest.json');
  const digests = [createHash('sha256').update(older).digest('hex')];
  await writeFile(manifest, JSON.stringify({ ...JSON.parse(await readFile(manifest, 'utf8')), digests }));
  for (const name of ['post-commit', 'post-merge', 'post-applypatch', 'post-rewrite', 'post-receive']) {
    await writeFile(join(hooked.root, 'app/.git/hooks', name), older);
  }
  await hooked.install();
  await hooked.commit('app', 'first');
  expect(await ran(hooked)).toEqual(['mine: post-commit']);
  expect(hooked.told()).toHaveLength(1);
});

test('secrets may be read by their owner alone', async () => {
  await using hooked = await start();
  await hooked.install();
  const modeOf = async (path: string) => ((await stat(join(hooked.root, 'app/.git', path))).mode & 0o7777).toString(8);
  expect(await modeOf('signalbox')).toBe('700');
  for (const name of ['url', 'secret', 'ipad', 'opad', 'repository.json', 'manifest.json']) {
    expect(await modeOf(`signalbox/${name}`)).toBe('600');
  }
});

test.each(['group', 'all', '0660', '1'])(
  'with core.sharedRepository %s the group may read them too',
  async (shared) => {
    await using hooked = await start();
    await hooked.init('bare', '--bare', `--shared=${shared === '1' ? 'true' : shared}`);
    const other = process.getuid?.() === 0 ? 12345 : (process.getgid?.() ?? 0);
    await chown(join(hooked.root, 'bare'), process.getuid?.() ?? 0, other);
    await hooked.install('bare');
    for (const name of ['', 'url', 'secret', 'ipad', 'opad', 'repository.json']) {
      const found = await stat(join(hooked.root, 'bare/signalbox', name));
      expect([found.mode & 0o777, found.gid]).toEqual([name === '' ? 0o750 : 0o640, other]);
    }
    await renewUrl(join(hooked.root, 'bare'), 'http://127.0.0.1:1/webhooks', hooked.secret);
    const url = await stat(join(hooked.root, 'bare/signalbox/url'));
    expect([url.mode & 0o777, url.gid]).toEqual([0o640, other]);
  },
);

test('the address is renewed where there is a hook, also by the git folder of a linked work tree', async () => {
  await using hooked = await start();
  await hooked.commit('app', 'first');
  await hooked.git('app', 'worktree', 'add', '-q', '../linked');
  const linked = join(hooked.root, 'app/.git/worktrees/linked');
  expect(await renewUrl(linked, 'http://127.0.0.1:1/webhooks', hooked.secret)).toBe(false);
  await hooked.install('linked');
  expect(await renewUrl(linked, 'http://127.0.0.1:1/webhooks', hooked.secret)).toBe(true);
  expect(await hooked.read('app/.git/signalbox/url')).toBe('http://127.0.0.1:1/webhooks\n');
});

test('a server does not take over the hook that another one has installed since', async () => {
  await using hooked = await start();
  await hooked.install('app');
  expect(await renewUrl(join(hooked.root, 'app/.git'), 'http://127.0.0.1:1/webhooks', 'of another home')).toBe(false);
  await hooked.commit('app', 'second');
  expect(hooked.told()).toHaveLength(1);
});

test.skipIf(process.getuid?.() !== 0)('what root installs for another user belongs to that user', async () => {
  await using hooked = await start();
  execFileSync('chown', ['-R', '12345:12345', join(hooked.root, 'app')]);
  await useGlobal(hooked, '[safe]\n\tdirectory = *\n');
  await hooked.install();
  const strange = execFileSync('find', [join(hooked.root, 'app'), '!', '-uid', '12345', '-o', '!', '-gid', '12345']);
  expect(String(strange)).toBe('');
});

test('another secret, name, address or home takes the place of the one before', async () => {
  await using hooked = await start();
  const path = join(hooked.root, 'app');
  await installHooks({ path, secret: 'old', repository: 'local/old', url: 'http://127.0.0.1:1/', home: '/old' });
  expect(await hooked.install()).toEqual([
    expect.stringContaining('url, secret, ipad, opad, repository.json written anew'),
    expect.stringContaining('signalbox.home'),
  ]);
  expect(await hooked.git('app', 'config', '--get-all', 'signalbox.home')).toBe(join(hooked.root, 'home'));
  await hooked.commit('app', 'first');
  expect(hooked.told()).toMatchObject([{ repository: { full_name: 'local/app' } }]);
});

test('it is installed in the right repository also when git itself has called us from another', async () => {
  await using hooked = await start();
  await hooked.init('other');
  vi.stubEnv('GIT_DIR', join(hooked.root, 'other/.git'));
  vi.stubEnv('GIT_INDEX_FILE', join(hooked.root, 'other/.git/index'));
  await hooked.install();
  vi.stubEnv('GIT_DIR', undefined);
  vi.stubEnv('GIT_INDEX_FILE', undefined);
  await hooked.commit('app', 'first');
  expect(hooked.told()).toHaveLength(1);
});

test('a work tree with a core.hooksPath of its own is reported', async () => {
  await using hooked = await start();
  await hooked.git('app', 'config', 'extensions.worktreeConfig', 'true');
  await hooked.git('app', 'config', '--worktree', 'core.hooksPath', '.mine');
  const { steps } = await installHooks({
    path: join(hooked.root, 'app'),
    secret: 's',
    repository: 'local/app',
    url: hooked.listener.url,
    home: '/home',
  });
  expect(steps.at(-1)?.what).toContain('found by watching');
});

describe('what cannot be done is said in words, and nothing is changed', () => {
  const options = { secret: 's', repository: 'local/app', url: 'http://127.0.0.1:1/', home: '/home' };

  async function refused(
    hooked: Hooked,
    change: Partial<typeof options> = {},
  ): Promise<{ code: string; message: string }> {
    const before = await snapshotOf(hooked.root);
    const error = await installHooks({ path: join(hooked.root, 'app'), ...options, ...change }).catch(
      (thrown) => thrown,
    );
    expect(await snapshotOf(hooked.root)).toEqual(before);
    return error;
  }

  test('a folder that is no repository', async () => {
    await using hooked = await start();
    await rm(join(hooked.root, 'app/.git'), { recursive: true });
    expect(await refused(hooked)).toMatchObject({ code: 'E_NOT_A_REPOSITORY' });
    expect(await uninstallHooks(join(hooked.root, 'app')).catch((thrown) => thrown.code)).toBe('E_NOT_A_REPOSITORY');
  });

  test('a configuration that another git is changing', async () => {
    await using hooked = await start();
    await writeFile(join(hooked.root, 'app/.git/config.lock'), '');
    const { code, message } = await refused(hooked);
    expect({ code, message }).toMatchObject({
      code: 'E_INSTALL_HOOK',
      message: expect.stringContaining('config.lock'),
    });
  });

  test('an address that is none, and a secret that is empty', async () => {
    await using hooked = await start();
    expect(await refused(hooked, { url: 'localhost:8080' })).toMatchObject({ code: 'E_INSTALL_HOOK' });
    expect(await refused(hooked, { secret: '' })).toMatchObject({ code: 'E_INSTALL_HOOK' });
  });

  test.skipIf(process.getuid?.() !== 0)('a repository of another user', async () => {
    await using hooked = await start();
    execFileSync('chown', ['-R', '12345', join(hooked.root, 'app')]);
    const { code, message } = await refused(hooked);
    expect({ code, message }).toMatchObject({
      code: 'E_INSTALL_HOOK',
      message: expect.stringContaining('safe.directory'),
    });
  });

  test.skipIf(process.getuid?.() === 0)('a git folder that may not be written', async () => {
    await using hooked = await start();
    await chmod(join(hooked.root, 'app/.git'), 0o500);
    expect(await refused(hooked)).toMatchObject({
      code: 'E_INSTALL_HOOK',
      message: expect.stringContaining('may not'),
    });
    await chmod(join(hooked.root, 'app/.git'), 0o700);
  });
});

test('husky that comes after the hook passes it over, until it is installed again', async () => {
  await using hooked = await Hooked.start();
  await hooked.init();
  await hooked.install();
  expect(await findOverride(join(hooked.root, 'app'))).toBeUndefined();
  await useHusky(hooked);
  hooked.env.OUT = join(hooked.root, 'out');
  await hooked.commit('app', 'untold');
  expect(hooked.told()).toEqual([]);
  expect(await findOverride(join(hooked.root, 'app'))).toBe('.husky/_');
  await hooked.install();
  expect(await findOverride(join(hooked.root, 'app'))).toBeUndefined();
  await hooked.commit('app', 'told');
  expect(hooked.told()).toHaveLength(1);
  expect(await hooked.read('out')).toContain('husky: post-commit');
});
