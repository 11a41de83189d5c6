import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { newCommits } from '../../src/git/commit-range.ts';
import { lsRemote, Mirrors } from '../../src/git/mirror.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { gitDirOf, readRefs } from '../../src/git/refs.ts';
import { mountsBelow } from '../../src/git/trash.ts';
import { type Checkout, Workspace } from '../../src/git/workspace.ts';
import { createLogger } from '../../src/support/logger.ts';
import { createRepository, GIT_TEST_ENV, type TestRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const run = promisify(execFile);
const logger = createLogger('silent');
const env = { ...process.env, ...GIT_TEST_ENV };

async function checkoutOf(repository: TestRepository, sha?: string): Promise<Checkout> {
  const at = sha ?? (await repository.git('rev-parse', 'HEAD'));
  return { sha: at, tree: null, objects: [join(repository.path, '.git/objects')] };
}

function job(path: string, script: string): string {
  return execFileSync('sh', ['-ec', script], { cwd: path, env, encoding: 'utf8' });
}

/** Everything that git does for the observer, the dispatcher and the runner, on one repository. */
async function useEverything(repository: TestRepository, home: string): Promise<Map<string, string>> {
  const { gitDir } = await gitDirOf(repository.path);
  const refs = await readRefs(gitDir);
  await lsRemote(repository.path);
  const mirrors = new Mirrors({ home, logger });
  await mirrors.fetch(1, repository.path, { keep: [...refs.values()].slice(0, 2) });
  await using reader = new ObjectReader({ gitDir, objects: mirrors.objectsOf({ id: 1, gitDir }) });
  await using workspace = new Workspace({ folder: join(home, 'workspace') });
  for (const sha of new Set(refs.values())) {
    await newCommits({ gitDir, after: sha, before: null, known: [...refs.values()].slice(1), limit: 10 });
    await reader.treeReader((await reader.commit(sha)).tree).list('');
    await workspace.prepare(await checkoutOf(repository, sha));
    await workspace.afterJob();
  }
  return refs;
}

test('names of branches and tags are names, whatever is in them', async () => {
  await using repository = await createRepository({ a: '1' });
  await using home = await tempDir();
  const marker = join(home.path, 'pwned');
  const names = [
    '--upload-pack=touch x',
    '-u',
    '-',
    'HEAD',
    'a;id',
    'a`id`',
    'a$(id)',
    "a'b",
    'a"b',
    '<img/src=x>',
    '%2e%2e%2f',
  ]
    .map((name) => name.replace(' ', `\${IFS}${marker}`))
    .concat(`;touch\${IFS}${marker};`.replaceAll('//', '/'), 'é\u202eč', 'x'.repeat(200));
  const sha = await repository.git('rev-parse', 'HEAD');
  const commands = names.flatMap((name) => [`create refs/heads/${name} ${sha}\n`, `create refs/tags/${name} ${sha}\n`]);
  const child = run('git', ['update-ref', '--stdin'], { cwd: repository.path, env });
  child.child.stdin?.end(commands.join(''));
  await child;
  const refs = await useEverything(repository, home.path);
  for (const name of names) expect(refs.get(`refs/heads/${name}`)).toBe(sha);
  await repository.git('pack-refs', '--all');
  expect(await readRefs(join(repository.path, '.git'))).toEqual(refs);
  expect(await lsRemote(repository.path)).toEqual(refs);
  expect(existsSync(marker)).toBe(false);
});

test('nothing that a repository has configured is executed', async () => {
  await using repository = await createRepository({ a: '1', '.gitattributes': '* filter=evil diff=evil merge=evil\n' });
  await using home = await tempDir();
  const marker = join(home.path, 'pwned');
  const evil = join(home.path, 'evil');
  await writeFile(evil, `#!/bin/sh\ntouch ${marker}\ncat\n`, { mode: 0o755 });
  await mkdir(join(home.path, 'hooks'));
  for (const hook of [
    'post-checkout',
    'reference-transaction',
    'post-index-change',
    'pre-auto-gc',
    'fsmonitor-watchman',
  ])
    await writeFile(join(home.path, 'hooks', hook), await readFile(evil), { mode: 0o755 });
  const settings = {
    'core.hooksPath': join(home.path, 'hooks'),
    'core.fsmonitor': evil,
    'core.sshCommand': evil,
    'core.pager': evil,
    'core.editor': evil,
    'core.askPass': evil,
    'core.gitProxy': evil,
    'core.alternateRefsCommand': evil,
    'credential.helper': evil,
    'filter.evil.smudge': evil,
    'filter.evil.clean': evil,
    'filter.evil.process': evil,
    'filter.evil.required': 'true',
    'diff.evil.textconv': evil,
    'diff.external': evil,
    'gpg.program': evil,
    'log.showSignature': 'true',
    'uploadpack.packObjectsHook': evil,
    'alias.rev-list': `!${evil}`,
    'url.ext::sh.insteadOf': '/',
    'protocol.ext.allow': 'always',
  };
  const config = Object.entries(settings).map(([key, value]) => {
    const [section = '', name = ''] = [key.slice(0, key.indexOf('.')), key.slice(key.lastIndexOf('.') + 1)];
    const sub = key.slice(section.length + 1, -name.length - 1);
    return `[${section}${sub && ` "${sub}"`}]\n\t${name} = "${value}"\n`;
  });
  await appendFile(join(repository.path, '.git/config'), config.join(''));
  await useEverything(repository, home.path);
  expect(existsSync(marker)).toBe(false);
});

test('what is missing in a partial clone is not fetched behind our back', async () => {
  await using repository = await createRepository({ a: '1', b: '2' });
  await using dir = await tempDir();
  const marker = join(dir.path, 'pwned');
  const checkout = await checkoutOf(repository);
  const blob = await repository.git('rev-parse', 'HEAD:a');
  await rm(join(repository.path, '.git/objects', blob.slice(0, 2), blob.slice(2)));
  const remote = `[remote "evil"]\n\turl = "ext::touch ${marker}"\n\tpromisor = true\n\tuploadpack = "touch ${marker};"\n`;
  const promise =
    '[extensions]\n\tpartialClone = evil\n[protocol "ext"]\n\tallow = always\n[core]\n\trepositoryformatversion = 1\n';
  await appendFile(join(repository.path, '.git/config'), remote + promise);
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  const tree = reader.treeReader((await reader.commit(checkout.sha)).tree);
  expect(await tree.read('a').catch(() => undefined)).toBeUndefined();
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  await expect(workspace.prepare(checkout)).rejects.toMatchObject({ code: expect.stringMatching(/^E_/) });
  expect(existsSync(marker)).toBe(false);
});

test('what a job writes into its .git runs nothing later, neither for us nor for the next job', async () => {
  await using repository = await createRepository({ a: '1', '.gitattributes': '* filter=evil\n' });
  await using dir = await tempDir();
  const marker = join(dir.path, 'pwned');
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  const { path } = await workspace.prepare(await checkoutOf(repository));
  const attack = [
    `printf '#!/bin/sh\\ntouch ${marker}\\ncat\\n' >.git/evil; chmod 755 .git/evil; mkdir -p .git/hooks .git/info`,
    'for hook in post-checkout post-index-change pre-commit post-commit; do cp .git/evil .git/hooks/$hook; done',
    'git config core.fsmonitor "$PWD/.git/evil"; git config alias.status "!$PWD/.git/evil"; git config core.pager "$PWD/.git/evil"',
    'git config filter.evil.smudge "$PWD/.git/evil"; git config filter.evil.clean "$PWD/.git/evil"; echo "* filter=evil" >.git/info/attributes',
    'git config include.path "$PWD/.git/more"; git config -f .git/more core.hooksPath "$PWD/.git/hooks"',
    'echo "* -text" >>.gitattributes; git config core.worktree /; git config core.excludesFile "$PWD/a"',
  ];
  job(path, attack.join('\n'));
  await rm(marker, { force: true });
  for (const isCleaned of [true, false]) {
    if (isCleaned) await workspace.afterJob();
    await repository.commit('next', { a: `${isCleaned}` });
    await workspace.prepare(await checkoutOf(repository));
    expect(
      job(path, 'git status --porcelain --ignored; git -c user.name=a -c user.email=b commit -q --allow-empty -m x'),
    ).toBe('');
    expect(existsSync(marker)).toBe(false);
    job(path, attack.join('\n').replaceAll('cp .git/evil', 'cp -f .git/evil'));
    await rm(marker, { force: true });
  }
});

test('an edit that a job hides with skip-worktree and a forged time does not reach the next job', async () => {
  await using repository = await createRepository({ a: 'right', b: 'right' });
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: dir.path });
  const { path } = await workspace.prepare(await checkoutOf(repository));
  job(
    path,
    'git update-index --skip-worktree a; git update-index --assume-unchanged b; touch -r a /tmp/.x$$; for f in a b; do printf wrong >$f; touch -r /tmp/.x$$ $f; done; rm /tmp/.x$$',
  );
  await workspace.afterJob();
  await repository.commit('next', { c: '1' });
  await workspace.prepare(await checkoutOf(repository));
  expect(await Promise.all(['a', 'b'].map((name) => readFile(join(path, name), 'utf8')))).toEqual(['right', 'right']);
});

test('a link in a commit is checked out as a link, and nothing is ever written through it', async () => {
  await using repository = await createRepository({ a: '1' });
  await using dir = await tempDir();
  const outside = join(dir.path, 'outside');
  await mkdir(outside);
  await symlink(outside, join(repository.path, 'link'));
  await symlink(join(outside, 'file'), join(repository.path, 'b'));
  const links = await repository.commit('links');
  await rm(join(repository.path, 'link'));
  await rm(join(repository.path, 'b'));
  const files = await repository.commit('files', { 'link/file': 'inside', b: 'inside' });
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  for (const sha of [links, files, links]) {
    const { path } = await workspace.prepare(await checkoutOf(repository, sha));
    expect((await lstat(join(path, 'link'))).isSymbolicLink()).toBe(sha === links);
    expect(await readdir(outside)).toEqual([]);
    job(path, 'rm -rf link a; ln -s ../../outside link; ln -s ../../outside/file a');
    if (sha === files) await workspace.afterJob();
  }
});

test('a submodule is an empty folder: it is not fetched, and what a job puts there is gone', async () => {
  await using repository = await createRepository({ a: '1' });
  await using dir = await tempDir();
  const marker = join(dir.path, 'pwned');
  const sha = await repository.git('rev-parse', 'HEAD');
  const modules = `[submodule "x"]\n\tpath = lib/sub\n\turl = "ext::touch ${marker}"\n\tbranch = --upload-pack=x\n`;
  await repository.write({ '.gitmodules': modules });
  await repository.git('add', '.gitmodules');
  await repository.git('update-index', '--add', '--cacheinfo', `160000,${sha},lib/sub`);
  await repository.git('commit', '-q', '-m', 'submodule');
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  const withSubmodule = await checkoutOf(repository);
  for (const script of ['git init -q lib/sub; echo 1 >lib/sub/x', 'rm -rf lib/sub; ln -s /etc lib/sub', 'rm -rf lib']) {
    const { path } = await workspace.prepare(withSubmodule);
    expect(await readdir(join(path, 'lib/sub'))).toEqual([]);
    expect(job(path, 'git status --porcelain')).toBe('');
    job(path, script);
  }
  await workspace.prepare(await checkoutOf(repository, sha));
  const { path } = await workspace.prepare(withSubmodule);
  expect(await readdir(join(path, 'lib/sub'))).toEqual([]);
  expect(existsSync(marker)).toBe(false);
});

test.each(['.git', '.GIT', '..', '.', 'git~1', '.git ', '.g\u200cit', 'a/b'])(
  'a commit made by hand with an entry named %j is refused, and the workspace stays as it was',
  async (name) => {
    await using repository = await createRepository({ a: '1' });
    await using dir = await tempDir();
    await using workspace = new Workspace({ folder: join(dir.path, 'w') });
    const good = await checkoutOf(repository);
    const object = async (type: string, data: Buffer) => {
      const child = run('git', ['hash-object', '-t', type, '--literally', '-w', '--stdin'], {
        cwd: repository.path,
        env,
      });
      child.child.stdin?.end(data);
      return (await child).stdout.trim();
    };
    const entry = (mode: string, label: string, sha: string) =>
      Buffer.concat([Buffer.from(`${mode} ${label}\0`), Buffer.from(sha, 'hex')]);
    const inner = await object('tree', entry('100755', 'post-checkout', await object('blob', Buffer.from('evil'))));
    const tree = await object('tree', entry('40000', name, inner));
    const sha = await repository.git('commit-tree', '-m', 'evil', tree);
    await expect(workspace.prepare(await checkoutOf(repository, sha))).rejects.toMatchObject({ code: 'E_UNSAFE_TREE' });
    await workspace.prepare(good);
    await workspace.afterJob();
    await expect(workspace.prepare(await checkoutOf(repository, sha))).rejects.toMatchObject({ code: 'E_UNSAFE_TREE' });
    expect((await workspace.prepare(good)).restored).toBe('untouched');
    expect((await readdir(join(dir.path, 'w/work'))).sort()).toEqual(['.git', 'a']);
  },
);

test('what a job has mounted into its workspace is unmounted, and its contents are not deleted', async ({ skip }) => {
  await using repository = await createRepository({ 'a/b': '1' });
  await using dir = await tempDir();
  const precious = join(dir.path, 'precious');
  await mkdir(precious);
  await writeFile(join(precious, 'file'), '1');
  await using workspace = new Workspace({ folder: join(dir.path, 'w x') });
  const { path } = await workspace.prepare(await checkoutOf(repository));
  for (const target of ['out', 'a', '.git/objects', '.']) {
    await mkdir(join(path, target), { recursive: true });
    const isMounted = await run('mount', ['--bind', precious, join(path, target)]).then(
      () => true,
      () => false,
    );
    if (!isMounted) return skip('only root can mount');
    if (target !== 'a') await workspace.afterJob();
    await workspace.prepare(await checkoutOf(repository));
    expect(mountsBelow(path)).toEqual([]);
    expect(await readFile(join(path, 'a/b'), 'utf8')).toBe('1');
    expect(job(path, 'git status --porcelain --ignored')).toBe('');
    expect(await readdir(precious)).toEqual(['file']);
  }
});

test('files that a job has made immutable are taken away', async ({ skip }) => {
  await using repository = await createRepository({ 'a/b': '1' });
  await using dir = await tempDir();
  const workspace = new Workspace({ folder: join(dir.path, 'w') });
  const { path } = await workspace.prepare(await checkoutOf(repository));
  await mkdir(join(path, 'out'));
  for (const target of ['out', 'a/b', '.git/HEAD', '.']) {
    const isImmutable = await run('chattr', ['+i', join(path, target)]).then(
      () => true,
      () => false,
    );
    if (!isImmutable) return skip('only root can, and not on every file system');
    await workspace.afterJob();
    await workspace.prepare(await checkoutOf(repository));
    expect(job(path, 'echo 2 >a/b; echo 3 >new; git status --porcelain')).toBe(' M a/b\n?? new\n');
  }
  await workspace.close();
  expect(await readdir(join(dir.path, 'w/trash'))).toEqual([]);
});
