import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuiltinAction, type BuiltinContext, type BuiltinEnd, DONE } from './builtin.ts';
import { failed, impossible, linesOf } from './inputs.ts';
import { findNodes, nodeRange, nodeVersionIn } from './node-versions.ts';
import { choose, namesIn, onPath, textOf } from './tools.ts';
import { useTool } from './use-tool.ts';

/** `actions/setup-node`, with what this machine has. */
export const setupNode: BuiltinAction = {
  async main(context) {
    const wanted = wantedVersion(context);
    if (typeof wanted === 'object') return wanted;
    const end = await useNode(context, wanted);
    if (end !== undefined) return end;
    if (context.inputs['registry-url']) writeRegistry(context, context.inputs['registry-url']);
    return keepDownloads(context);
  },
};

/** '' if nothing is asked for. */
function wantedVersion({ inputs, workspace, annotate }: BuiltinContext): string | BuiltinEnd {
  const [version, file] = [inputs['node-version']?.trim(), inputs['node-version-file']?.trim()];
  if (version && file)
    annotate({ level: 'warning', message: 'both node-version and node-version-file are given; node-version counts' });
  if (version || !file) return version ?? '';
  const text = textOf(resolve(workspace, file));
  if (text === undefined) return failed(`the file ${file} of node-version-file does not exist`);
  return nodeVersionIn(text) ?? failed(`the file ${file} names no version of Node`);
}

async function useNode(context: BuiltinContext, wanted: string): Promise<BuiltinEnd | undefined> {
  const { env, toolCache, settings, setOutput, log } = context;
  const found = await findNodes(env, toolCache);
  if (wanted === '') {
    const [first] = found.filter((tool) => tool.from === 'PATH');
    if (first === undefined) return impossible('there is no node on the PATH of this runner; install one');
    log(`[signalbox] node v${first.version} from ${first.bin}: the one on the PATH, since no version is asked for`);
    setOutput('node-version', `v${first.version}`);
    return undefined;
  }
  const range = nodeRange(wanted, found);
  if ('reason' in range) return impossible(range.reason);
  const choice = choose('Node', wanted, range.range, found, settings);
  if (choice.kind === 'none') return impossible(choice.reason);
  useTool(context, 'node', wanted, choice);
  setOutput('node-version', `v${choice.tool.version}`);
  return undefined;
}

/** What npm needs to publish to, or install from, a registry with a token. */
function writeRegistry({ inputs, temp, env, setEnv, github }: BuiltinContext, address: string): void {
  const registry = new URL(address.endsWith('/') ? address : `${address}/`);
  const owner = registry.host === 'npm.pkg.github.com' ? String(github.repository_owner ?? '') : '';
  const scope = (inputs.scope || owner).toLowerCase();
  const prefix = scope === '' ? '' : `${scope.startsWith('@') ? scope : `@${scope}`}:`;
  const file = join(temp, '.npmrc');
  const auth = `//${registry.host}${registry.pathname}:_authToken=\${NODE_AUTH_TOKEN}`;
  appendFileSync(file, `${auth}\n${prefix}registry=${registry.href}\n`, { mode: 0o600 });
  setEnv('NPM_CONFIG_USERCONFIG', file);
  setEnv('NODE_AUTH_TOKEN', env.NODE_AUTH_TOKEN || 'XXXXX-XXXXX-XXXXX-XXXXX');
}

const LOCK_FILES: Readonly<Record<string, readonly string[]>> = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock'],
  yarn: ['yarn.lock'],
  pnpm: ['pnpm-lock.yaml'],
};

/** What a package manager downloads is kept between the jobs of a repository; where it would not, it is told to. */
function keepDownloads({ inputs, workspace, caches, env, log, setEnv, setOutput }: BuiltinContext): BuiltinEnd {
  const manager = (inputs.cache ?? '').trim();
  if (manager === '') return DONE;
  const locks = LOCK_FILES[manager];
  if (locks === undefined) return failed(`caching for "${manager}" is not supported; npm, yarn and pnpm are`);
  const isNamed = linesOf(inputs['cache-dependency-path']).length > 0;
  if (!isNamed && !locks.some((name) => existsSync(join(workspace, name))))
    return failed(`the input cache is ${manager}, but there is no lock file in the workspace (${locks.join(', ')})`);
  const folder = join(caches, manager);
  const hit = namesIn(folder).length > 0;
  mkdirSync(folder, { recursive: true });
  if (manager === 'pnpm') {
    setEnv('npm_config_store_dir', folder);
    setEnv('npm_config_package_import_method', 'copy'); // a job must not change the store through a link
  } else if (onPath(env.PATH, manager).length === 0) log(`[signalbox] ${manager} is not on the PATH of this runner`);
  log(`[signalbox] what ${manager} downloads is kept in ${folder} between the jobs of this repository`);
  setOutput('cache-hit', String(hit));
  return DONE;
}
