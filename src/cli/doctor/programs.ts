import { execFile } from 'node:child_process';
import { bad, type Finding, note, ok, warn } from './finding.ts';

/** How long a program may take to say its version, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Git's lines in which a weakness that matters here is mended from this patch on; newer lines have it from the start. */
const MENDED = {
  // a link in the path of a submodule runs a command at a recursive clone
  'CVE-2024-32002': { 39: 4, 40: 2, 41: 1, 42: 2, 43: 4, 44: 1, 45: 1 },
  // a carriage return in the path of a submodule writes a hook that is run
  'CVE-2025-48384': { 43: 7, 44: 4, 45: 4, 46: 4, 47: 3, 48: 2, 49: 1, 50: 1 },
} as const;

/** Which of the known weaknesses a version of git has, as its project released it. */
export function weaknessesOf(version: string): readonly string[] {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return Object.entries(MENDED).flatMap(([name, lines]) => {
    const last = Math.max(...Object.keys(lines).map(Number));
    if (major > 2 || (major === 2 && minor > last)) return [];
    const from: number | undefined = (lines as Readonly<Record<number, number>>)[minor];
    return major === 2 && from !== undefined && patch >= from ? [] : [name];
  });
}

/** Node, git, and what the hook and jobs use. */
export async function programFindings(env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const all = [git(env), hookPrograms(env), engine(env)];
  return [nodeFinding(process.versions.node), ...(await Promise.all(all)).flat()];
}

/** Is this Node new enough? */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('node', version);
  return bad('node', `${version} is too old`, 'install Node 20.19 or newer');
}

async function git(env: NodeJS.ProcessEnv): Promise<Finding> {
  const said = await sayOf('git', ['version'], env);
  const version = /\d+\.\d+(?:\.\d+)?/.exec(said ?? '')?.[0];
  if (version === undefined) return bad('git', 'there is none on the PATH', 'install git');
  const weaknesses = weaknessesOf(version);
  if (weaknesses.length === 0) return ok('git', version);
  const words = `${version} has ${weaknesses.join(' and ')}, unless whoever packaged it has mended that`;
  return warn('git', words, 'update git (2.50.1 or newer); until then do not clone strangers with submodules');
}

/** The hook sends what it has to tell with these. */
async function hookPrograms(env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const wanted = [
    ['curl', ['--version']],
    ['openssl', ['version']],
  ] as const;
  const said = await Promise.all(wanted.map(([name, args]) => sayOf(name, args, env)));
  return wanted.map(([name], at) => {
    const [version = ''] = /\d+\.\d+(?:\.\w+)?/.exec(said[at] ?? '') ?? [];
    if (said[at] !== undefined) return ok(name, version);
    const words =
      'is not on the PATH: the hook stays silent, and commits are seen by the watcher, some milliseconds later';
    return warn(name, words, `install ${name}`);
  });
}

async function engine(env: NodeJS.ProcessEnv): Promise<Finding> {
  for (const name of ['docker', 'podman']) {
    const version = await sayOf(name, ['version', '--format', '{{.Server.Version}}'], env);
    if (version !== undefined) return ok('containers', `${name} ${version.trim().slice(0, 40)}`);
  }
  const words = 'neither docker nor podman answers: jobs with container: or services: cannot run on this machine';
  return note('containers', words, 'install podman or docker, if your workflows need it');
}

/** What a program prints, or undefined if it is not there or fails. */
function sayOf(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(name, args, { env, timeout: PATIENCE_MS }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
  });
}
