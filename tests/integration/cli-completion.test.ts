import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCRIPTS } from '../../src/cli/completion.ts';
import { builtProgram } from '../support/build.ts';
import { GIT_TEST_ENV } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

let dir: Awaited<ReturnType<typeof tempDir>>;
let env: NodeJS.ProcessEnv;
const server = createServer((request, response) => {
  const answers: Record<string, object> = { '/api/repositories': { repositories: [{ name: 'acme/web' }] } };
  const answer = answers[request.url ?? ''];
  response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer ?? {}));
});

/** A home with the address of a server that knows one repository, and `signalbox` on the PATH. */
beforeAll(async () => {
  dir = await tempDir('signalbox-completion-');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const home = join(dir.path, 'home');
  await mkdir(home);
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(join(home, 'address.json'), JSON.stringify({ http, dispatcher: '127.0.0.1:1', pid: 1 }));
  const { main } = await builtProgram();
  const entry = main.replace('main.mjs', 'quick-entry.mjs');
  const start = `const { main } = await import(${JSON.stringify(entry)}); await main(process.argv.slice(1));`;
  const program = join(dir.path, 'signalbox');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' --input-type=module --eval '${start}' -- "$@"\n`);
  await chmod(program, 0o755);
  for (const [shell, script] of Object.entries(SCRIPTS)) await writeFile(join(dir.path, shell), script);
  env = {
    ...process.env,
    ...GIT_TEST_ENV,
    HOME: dir.path,
    SIGNALBOX_HOME: home,
    PATH: `${dir.path}:${process.env.PATH}`,
  };
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await dir[Symbol.asyncDispose]();
});

function isInstalled(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, cwd: dir.path, timeout: 45_000 }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stderr}`)),
    );
  });
}

/** What each shell offers for a line that ends at the cursor. */
const OFFERS: Readonly<Record<'bash' | 'zsh' | 'fish', (...words: string[]) => Promise<string>>> = {
  bash: (...words) =>
    run('bash', [
      ...[
        '--norc',
        '-c',
        `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _signalbox; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      ...['bash', 'signalbox', ...words],
    ]),
  // the function runs in a real zsh; what zsh itself would draw is taken down instead
  zsh: (...words) =>
    run('zsh', [
      ...['-f', '-c'],
      `compdef() { : }; _describe() { print -l -- "\${(@P)3}" }; _files() { print -- "files $*" }; source ./zsh
       words=("$@"); CURRENT=$#; _signalbox`,
      ...['zsh', 'signalbox', ...words],
    ]),
  fish: (...words) => run('fish', ['--no-config', '-c', `source ./fish; complete -C 'signalbox ${words.join(' ')}'`]),
};

for (const shell of ['bash', 'zsh', 'fish'] as const)
  describe.skipIf(!isInstalled(shell))(`in ${shell} (skipped where it is not installed)`, () => {
    test('commands are completed', async () => {
      expect(await OFFERS[shell]('que')).toMatch(/^queue(?:[:\t].*)?\n$/);
    });

    test('names that the server knows are completed', async () => {
      expect(await OFFERS[shell]('runs', '--repository', 'ac')).toMatch(/^acme\/web\n$/);
    });

    test('flags are completed, and the program says nothing else', async () => {
      expect(await OFFERS[shell]('logs', '--fa')).toMatch(/^--failed(?:[:\t].*)?\n$/);
    });
  });
