import type { ActionManifest, BuiltinResolved } from '../actions/action.ts';
import { ALWAYS } from '../actions/manifest.ts';
import type { BuiltinAction } from './builtin.ts';
import { cache, cacheManifest, cacheRestore, cacheRestoreManifest, cacheSave, cacheSaveManifest } from './cache.ts';
import { checkout, checkoutManifest } from './checkout.ts';
import { downloadArtifact, downloadArtifactManifest } from './download-artifact.ts';
import { setupGo, setupGoManifest } from './setup-go.ts';
import { setupJava, setupJavaManifest } from './setup-java.ts';
import { setupNode, setupNodeManifest } from './setup-node.ts';
import { setupPython, setupPythonManifest } from './setup-python.ts';
import { uploadArtifact, uploadArtifactManifest } from './upload-artifact.ts';

const BUILTINS: ReadonlyMap<string, BuiltinResolved> = new Map(
  [
    builtin('actions/checkout', checkout, checkoutManifest),
    builtin('actions/cache', cache, cacheManifest, 'success()'),
    builtin('actions/cache/restore', cacheRestore, cacheRestoreManifest),
    builtin('actions/cache/save', cacheSave, cacheSaveManifest),
    builtin('actions/upload-artifact', uploadArtifact, uploadArtifactManifest),
    builtin('actions/download-artifact', downloadArtifact, downloadArtifactManifest),
    builtin('actions/setup-node', setupNode, setupNodeManifest),
    builtin('actions/setup-go', setupGo, setupGoManifest),
    builtin('actions/setup-java', setupJava, setupJavaManifest),
    builtin('actions/setup-python', setupPython, setupPythonManifest),
  ].map((found) => [found.name, found]),
);

/** The built-in action of a name like `actions/cache/save`, whatever its version; undefined if there is none. */
export function builtinFor(name: string): BuiltinResolved | undefined {
  return BUILTINS.get(name.toLowerCase());
}

function builtin(name: string, action: BuiltinAction, manifest: ActionManifest, postIf = 'always()'): BuiltinResolved {
  return { kind: 'builtin', name, action, manifest, preIf: ALWAYS, postIf: { ...ALWAYS, expr: postIf } };
}
