import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { followEvents, type Places, type Server, scratch, startServer } from './server.ts';

const run = promisify(execFile);
const ROUNDS = 7;

/** The verdict of a later commit of an npm project must not pay for the install again. */
export async function benchNpmProject(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '1']);
  try {
    const path = join(folder, 'app');
    await makeNpmProject(folder, path);
    await server.cli('install-hook', path);
    const first = await verdict(server, path, 0);
    const times: number[] = [];
    const bare: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      times.push(await verdict(server, path, round));
      const began = performance.now();
      await run('npm', ['test'], { cwd: path });
      bare.push(performance.now() - began);
    }
    print({
      name: 'npm project: later verdict, beyond its own `npm test`',
      value: median(times) - median(bare),
      unit: 'ms',
      bound: { atMost: 150 },
      note: `first commit, with the install: ${first.toFixed(0)} ms; later ${median(times).toFixed(0)}; npm test alone ${median(bare).toFixed(0)}`,
    });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** From just before `git commit` to the end of its run. */
async function verdict(server: Server, path: string, round: number): Promise<number> {
  await writeFile(join(path, 'round'), `${round}\n`);
  await git(path, 'add', '-A');
  const done = followEvents(server, (event) => event.type === 'run.completed' && event.data.title === `round ${round}`);
  const began = performance.now();
  await git(path, 'commit', '-q', '-m', `round ${round}`);
  await done;
  const ms = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, 1000)); // idle, as between two commits of a person
  return ms;
}

/** A project with a lock file whose one dependency (600 files) is a tarball beside it: no network is needed. */
async function makeNpmProject(folder: string, path: string): Promise<void> {
  const dependency = join(folder, 'dependency');
  await mkdir(join(dependency, 'lib'), { recursive: true });
  await writeFile(
    join(dependency, 'package.json'),
    JSON.stringify({ name: 'dependency', version: '1.0.0', main: 'lib/0.js' }),
  );
  for (let i = 0; i < 600; i++)
    await writeFile(join(dependency, 'lib', `${i}.js`), `module.exports = ${i};\n`.repeat(20));
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: dependency });
  const manifest = {
    name: 'app',
    version: '1.0.0',
    scripts: { test: 'node test.js' },
    dependencies: { dependency: 'file:vendor/dependency-1.0.0.tgz' },
  };
  await makeRepository(path, {
    'package.json': JSON.stringify(manifest),
    'test.js': "if (require('dependency') !== 0) process.exit(1);\n",
    '.gitignore': 'node_modules/\n',
  });
  await mkdir(join(path, 'vendor'));
  await run('cp', [join(folder, 'dependency-1.0.0.tgz'), join(path, 'vendor')]);
  await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: path });
  await git(path, 'add', '-A');
  await git(path, 'commit', '-q', '-m', 'dependency');
}
