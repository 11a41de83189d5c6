import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerSpec } from './container-spec.ts';
import type { Engine } from './engine.ts';

/** How often fetching an image is tried, as on GitHub. */
const TRIES = 3;

/** Sees to it that an image is on this machine. One that is there is taken as it is. @throws {ActionError} */
export async function haveImage(
  engine: Engine,
  { image, credentials }: Pick<ContainerSpec, 'image' | 'credentials'>,
  temp: string,
): Promise<void> {
  if ((await engine.ask(['image', 'inspect', '--format', '{{.Id}}', image])) !== undefined) return;
  const folder = join(temp, '_signalbox_registry');
  const login = credentials === undefined ? [] : loginFlags(engine, folder, image, credentials);
  const pull = engine.program === 'docker' ? [...login, 'pull', image] : ['pull', ...login, fullName(image)];
  try {
    for (let tries = 1; ; tries++) {
      try {
        return await engine.run(pull, `the image ${image} cannot be had`);
      } catch (error) {
        if (tries === TRIES) throw error;
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Credentials for one registry, in a file of this job alone. */
function loginFlags(
  { program }: Engine,
  folder: string,
  image: string,
  { username, password }: NonNullable<ContainerSpec['credentials']>,
): readonly string[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ auths: { [registryOf(image)]: { auth } } }), { mode: 0o600 });
  return program === 'docker' ? ['--config', folder] : ['--authfile', file];
}

/** Names without a host are those of Docker Hub, for workflow files; podman knows only names that its machine lists. */
export function fullName(image: string): string {
  if (hostIn(image) !== undefined) return image;
  return image.includes('/') ? `docker.io/${image}` : `docker.io/library/${image}`;
}

/** `ghcr.io` of `ghcr.io/acme/app:1`; Docker Hub, if the name has no host in it. */
export function registryOf(image: string): string {
  return hostIn(image) ?? 'https://index.docker.io/v1/';
}

function hostIn(image: string): string | undefined {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined;
}
