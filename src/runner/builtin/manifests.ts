import { manifestOf } from './inputs.ts';

/*
 * What the built-in actions take and give, as their `action.yml` says it; what is accepted and changes nothing is here too.
 */

const CHECKOUT = {
  repository: '',
  ref: '',
  token: '',
  'ssh-key': '',
  'ssh-known-hosts': '',
  'ssh-strict': 'true',
  'ssh-user': 'git',
  'persist-credentials': 'true',
  path: '',
  clean: 'true',
  filter: '',
  'sparse-checkout': '',
  'sparse-checkout-cone-mode': 'true',
  'fetch-depth': '1',
  'fetch-tags': 'false',
  'show-progress': 'true',
  lfs: 'false',
  submodules: 'false',
  'set-safe-directory': 'true',
  'github-server-url': '',
};

export const checkoutManifest = manifestOf('Checkout', CHECKOUT, ['ref', 'commit']);

export const setupNodeManifest = manifestOf(
  'Setup Node.js',
  {
    ...{ 'node-version': '', 'node-version-file': '', architecture: '', 'check-latest': 'false' },
    ...{ 'registry-url': '', scope: '', token: '', cache: '', 'cache-dependency-path': '', 'always-auth': 'false' },
    ...{ 'package-manager-cache': 'true', mirror: '', 'mirror-token': '' },
  },
  ['cache-hit', 'node-version'],
);

export const setupPythonManifest = manifestOf(
  'Setup Python',
  {
    ...{ 'python-version': '', 'python-version-file': '', cache: '', architecture: '', 'check-latest': 'false' },
    ...{ token: '', 'cache-dependency-path': '', 'update-environment': 'true', 'allow-prereleases': 'false' },
    ...{ freethreaded: 'false', 'pip-version': '', 'pip-install': '' },
  },
  ['python-version', 'cache-hit', 'python-path'],
);

export const setupGoManifest = manifestOf(
  'Setup Go environment',
  {
    ...{ 'go-version': '', 'go-version-file': '', 'check-latest': 'false', token: '', cache: 'true' },
    ...{ 'cache-dependency-path': '', architecture: '', 'go-download-base-url': '' },
  },
  ['go-version', 'cache-hit'],
);

export const setupJavaManifest = manifestOf(
  'Setup Java JDK',
  {
    ...{ 'java-version': '', 'java-version-file': '', distribution: '', 'java-package': 'jdk', architecture: '' },
    ...{ jdkFile: '', 'check-latest': 'false', 'server-id': 'github', 'server-username': 'GITHUB_ACTOR' },
    ...{ 'server-password': 'GITHUB_TOKEN', 'settings-path': '', 'overwrite-settings': 'true', cache: '' },
    ...{ 'gpg-private-key': '', 'gpg-passphrase': '', 'cache-dependency-path': '', 'job-status': '', token: '' },
    ...{ 'mvn-toolchain-id': '', 'mvn-toolchain-vendor': '' },
  },
  ['distribution', 'version', 'path', 'cache-hit'],
  ['distribution'],
);

export const uploadArtifactManifest = manifestOf(
  'Upload a Build Artifact',
  {
    ...{ name: 'artifact', path: '', 'if-no-files-found': 'warn', 'retention-days': '', 'compression-level': '6' },
    ...{ overwrite: 'false', 'include-hidden-files': 'false', archive: 'true' },
  },
  ['artifact-id', 'artifact-url', 'artifact-digest'],
  ['path'],
);

export const downloadArtifactManifest = manifestOf(
  'Download a Build Artifact',
  {
    ...{ name: '', 'artifact-ids': '', path: '', pattern: '', 'merge-multiple': 'false', 'github-token': '' },
    ...{ repository: '', 'run-id': '', 'skip-decompress': 'false', 'digest-mismatch': 'error' },
  },
  ['download-path'],
);

const CACHE_SHARED = { path: '', key: '', 'upload-chunk-size': '', enableCrossOsArchive: 'false' };
const CACHE_RESTORE = { ...CACHE_SHARED, 'restore-keys': '', 'fail-on-cache-miss': 'false', 'lookup-only': 'false' };
const CACHE_OUTPUTS = ['cache-hit', 'cache-primary-key', 'cache-matched-key'];
const CACHE_REQUIRED = ['path', 'key'];

export const cacheManifest = manifestOf(
  'Cache',
  { ...CACHE_RESTORE, 'save-always': 'false' },
  CACHE_OUTPUTS,
  CACHE_REQUIRED,
);
export const cacheRestoreManifest = manifestOf('Restore Cache', CACHE_RESTORE, CACHE_OUTPUTS, CACHE_REQUIRED);
export const cacheSaveManifest = manifestOf('Save Cache', CACHE_SHARED, [], CACHE_REQUIRED);

export const mergeArtifactsManifest = manifestOf(
  'Merge Build Artifacts',
  {
    ...{ name: 'merged-artifacts', pattern: '*', 'separate-directories': 'false', 'retention-days': '' },
    ...{ 'compression-level': '6', 'delete-merged': 'false', 'include-hidden-files': 'false' },
  },
  ['artifact-id', 'artifact-url', 'artifact-digest'],
);
