import { join, resolve } from 'node:path';
import type { BuiltinAction, BuiltinContext, BuiltinEnd } from './builtin.ts';
import { DONE } from './builtin.ts';
import { findGos, goRange, goVersionIn } from './go-versions.ts';
import { failed, impossible } from './inputs.ts';
import { choose, namesIn, textOf } from './tools.ts';
import { useTool } from './use-tool.ts';

/** `actions/setup-go`, with what this machine has. */
export const setupGo: BuiltinAction = {
  async main(context) {
    const { env, toolCache, settings, setOutput, setEnv, addPath, caches } = context;
    const wanted = wantedVersion(context);
    if (typeof wanted === 'object') return wanted;
    const found = await findGos(env, toolCache);
    const range = wanted === '' ? { range: '*' } : goRange(wanted, found);
    if ('reason' in range) return impossible(range.reason);
    // without a version it is that of the PATH, which comes first
    const choice = choose('Go', wanted, range.range, wanted === '' ? found.slice(0, 1) : found, settings);
    if (choice.kind === 'none') return impossible(choice.reason);
    useTool(context, 'go', wanted, choice);
    setOutput('go-version', choice.tool.version);
    setEnv('GOTOOLCHAIN', 'local'); // go itself would fetch another version, behind the one that was chosen
    const gopath = env.GOPATH || join(caches, 'go');
    addPath(join(gopath, 'bin'));
    setOutput('cache-hit', String(namesIn(join(gopath, 'pkg', 'mod')).length > 0));
    return DONE;
  },
};

/** '' if nothing is asked for. */
function wantedVersion({ inputs, workspace, annotate }: BuiltinContext): string | BuiltinEnd {
  const [version, file] = [inputs['go-version']?.trim(), inputs['go-version-file']?.trim()];
  if (version && file)
    annotate({ level: 'warning', message: 'both go-version and go-version-file are given; go-version counts' });
  if (version || !file) return version ?? '';
  const text = textOf(resolve(workspace, file));
  if (text === undefined) return failed(`the file ${file} of go-version-file does not exist`);
  return goVersionIn(file, text) ?? failed(`the file ${file} names no version of Go`);
}
