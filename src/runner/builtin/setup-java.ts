import { resolve } from 'node:path';
import semver from 'semver';
import type { BuiltinAction, BuiltinContext, BuiltinEnd } from './builtin.ts';
import { DONE } from './builtin.ts';
import { failed, impossible, linesOf } from './inputs.ts';
import { type FoundJava, findJavas, javaVersionIn } from './java-versions.ts';
import { choose, textOf } from './tools.ts';
import { useTool } from './use-tool.ts';

/** How the makers of the distributions name themselves. */
const MAKERS: Readonly<Record<string, RegExp>> = {
  temurin: /adoptium|temurin/i,
  adopt: /adopt/i,
  zulu: /azul/i,
  corretto: /amazon/i,
  microsoft: /microsoft/i,
  liberica: /bellsoft/i,
  oracle: /oracle/i,
  semeru: /ibm|semeru/i,
  graalvm: /graalvm|oracle/i,
  sapmachine: /sap/i,
  jetbrains: /jetbrains/i,
  dragonwell: /alibaba/i,
};

/** `actions/setup-java`, with what this machine has. */
export const setupJava: BuiltinAction = {
  async main(context) {
    const { inputs, env, toolCache } = context;
    const wanted = wantedVersions(context);
    if ('conclusion' in wanted) return wanted;
    const found = await findJavas(env, toolCache);
    for (const version of wanted.versions) {
      const end = use(context, version, found);
      if (end !== undefined) return end;
    }
    const cache = inputs.cache?.trim() ?? '';
    if (!['', 'maven', 'gradle', 'sbt'].includes(cache))
      return failed(`caching for "${cache}" is not supported; maven, gradle and sbt are`);
    return DONE;
  },
};

function wantedVersions({ inputs, workspace }: BuiltinContext): { versions: readonly string[] } | BuiltinEnd {
  if (!inputs.distribution) return failed('the input distribution is missing; temurin is one');
  if (inputs.distribution === 'jdkfile') return impossible('the distribution jdkfile cannot be had by this version');
  const versions = linesOf(inputs['java-version']);
  if (versions.length > 0) return { versions };
  const file = inputs['java-version-file']?.trim();
  if (!file) return failed('one of the inputs java-version and java-version-file must be given');
  const text = textOf(resolve(workspace, file));
  if (text === undefined) return failed(`the file ${file} of java-version-file does not exist`);
  const version = javaVersionIn(file, text);
  return version === undefined ? failed(`the file ${file} names no version of Java`) : { versions: [version] };
}

/** The last one is the default, as on GitHub. */
function use(context: BuiltinContext, wanted: string, found: readonly FoundJava[]): BuiltinEnd | undefined {
  const { inputs, settings, setEnv, setOutput, log } = context;
  const distribution = inputs.distribution?.toLowerCase() ?? '';
  const range = semver.validRange(wanted.replace(/-ea$/, '').replace(/^1\.8(?=$|\.)/, '8'));
  if (range === null) return impossible(`java-version "${wanted}" is no version and no range of versions`);
  const maker = MAKERS[distribution];
  // those of the wanted maker first: among equals the first is taken
  const sorted = [...found].sort((a, b) => Number(maker?.test(b.maker) ?? 0) - Number(maker?.test(a.maker) ?? 0));
  const own = sorted.filter((java) => maker?.test(java.maker) && semver.satisfies(java.version, range));
  const choice = choose('Java', wanted, range, own.length > 0 ? own : sorted, settings);
  if (choice.kind === 'none') return impossible(choice.reason);
  const { home, version, maker: who } = choice.tool;
  useTool(context, 'java', wanted, choice);
  if (maker?.test(who) !== true)
    log(
      `[signalbox] it is by ${who || 'a maker it does not name'}: this runner has no ${distribution} of that version`,
    );
  setEnv('JAVA_HOME', home);
  setEnv(`JAVA_HOME_${semver.major(version)}_${process.arch === 'x64' ? 'X64' : 'ARM64'}`, home);
  setOutput('distribution', inputs.distribution ?? '');
  setOutput('version', version);
  setOutput('path', home);
  return undefined;
}
