import type { ActionManifest, BuiltinResolved } from '../actions/action.ts';
import { ALWAYS } from '../actions/manifest.ts';
import type { BuiltinAction } from './builtin.ts';
import * as manifests from './manifests.ts';
import { matchersOf, type Tool } from './setup-matchers.ts';

/** Loads an action when it is used for the first time: most jobs use few of them. */
type Load = () => Promise<BuiltinAction>;

const cache: Load = async () => (await import('./cache.ts')).cache;
const cacheRestore: Load = async () => (await import('./cache.ts')).cacheRestore;
const cacheSave: Load = async () => (await import('./cache.ts')).cacheSave;
const checkout: Load = async () => (await import('./checkout.ts')).checkout;
const download: Load = async () => (await import('./download-artifact.ts')).downloadArtifact;
const merge: Load = async () => (await import('./merge-artifacts.ts')).mergeArtifacts;
const setupGo: Load = async () => withMatchers('go', (await import('./setup-go.ts')).setupGo);
const setupJava: Load = async () => withMatchers('java', (await import('./setup-java.ts')).setupJava);
const setupNode: Load = async () => withMatchers('node', (await import('./setup-node.ts')).setupNode);
const setupPython: Load = async () => withMatchers('python', (await import('./setup-python.ts')).setupPython);
const upload: Load = async () => (await import('./upload-artifact.ts')).uploadArtifact;

const ALL: readonly BuiltinResolved[] = [
  builtin('actions/cache', cache, manifests.cacheManifest, 'success()'),
  builtin('actions/cache/restore', cacheRestore, manifests.cacheRestoreManifest),
  builtin('actions/cache/save', cacheSave, manifests.cacheSaveManifest),
  builtin('actions/checkout', checkout, manifests.checkoutManifest),
  builtin('actions/download-artifact', download, manifests.downloadArtifactManifest),
  builtin('actions/setup-go', setupGo, manifests.setupGoManifest),
  builtin('actions/setup-java', setupJava, manifests.setupJavaManifest),
  builtin('actions/setup-node', setupNode, manifests.setupNodeManifest),
  builtin('actions/setup-python', setupPython, manifests.setupPythonManifest),
  builtin('actions/upload-artifact', upload, manifests.uploadArtifactManifest),
  builtin('actions/upload-artifact/merge', merge, manifests.mergeArtifactsManifest),
];
const BY_NAME: ReadonlyMap<string, BuiltinResolved> = new Map(ALL.map((found) => [found.name, found]));

/** The built-in action of a name like `actions/cache/save`, whatever its version; undefined if there is none. */
export function builtinFor(name: string): BuiltinResolved | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** A tool that was set up has its problems found in what the steps after it print. */
function withMatchers(tool: Tool, { main }: BuiltinAction): BuiltinAction {
  return {
    async main(context) {
      const end = await main(context);
      if (end.conclusion === 'success') context.addMatchers(matchersOf(tool));
      return end;
    },
  };
}

/** `postIf`: when its `post` is executed; without it there is none. */
function builtin(name: string, load: Load, manifest: ActionManifest, postIf?: string): BuiltinResolved {
  const main: BuiltinAction['main'] = async (context) => (await load()).main(context);
  const post: NonNullable<BuiltinAction['post']> = async (context) =>
    (await (await load()).post?.(context)) ?? { conclusion: 'success' };
  const action = postIf === undefined ? { main } : { main, post };
  return { kind: 'builtin', name, action, manifest, preIf: ALWAYS, postIf: { ...ALWAYS, expr: postIf ?? 'always()' } };
}
