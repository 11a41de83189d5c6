import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { findOverride, isPassedOver } from '../../hooks/install.ts';
import { wrongWithHook } from '../../hooks/installed-hook.ts';
import { Api } from '../../protocol/api.ts';
import { type ApiRepository, repositoriesSchema } from '../../protocol/api-schema.ts';
import { oneLine } from '../harmless.ts';
import { tokenIn } from '../home.ts';
import { homeOfRepository } from '../home-of-repository.ts';
import { webhooksUrl } from '../server-url.ts';
import { bad, type Finding, note, ok, warn } from './finding.ts';

/** The hooks of the repositories that the server of a home watches on this machine. */
export async function hookFindings({ base }: Api, home: string): Promise<readonly Finding[]> {
  const token = await tokenIn(join(home, 'token')).catch(() => undefined);
  const api = new Api(base, token ?? '-');
  const { repositories } = await api.get('/api/repositories', repositoriesSchema);
  const findings = await Promise.all(repositories.map((repository) => hook(repository, api, home)));
  return findings.flat();
}

/** The hook of a repository of this machine: is it there, does it tell this server, is its secret for its owner alone? */
async function hook(repository: ApiRepository, api: Api, home: string): Promise<readonly Finding[]> {
  const { name, git_dir: folder } = repository;
  if (!folder) return [];
  const url = webhooksUrl(api.base);
  const title = `hook of ${oneLine(name)}`;
  const reinstall = `signalbox install-hook ${oneLine(folder).replace(/\/\.git$/, '')}`;
  if (!(await isThere(folder)))
    return [warn(title, `${oneLine(folder)} is gone`, `signalbox remove ${oneLine(name)}, if it is not to come back`)];
  const box = join(folder, 'signalbox');
  const told = await readFile(join(box, 'url'), 'utf8').catch(() => undefined);
  if (told === undefined)
    return [note(title, 'is not installed: commits are seen by the watcher, some milliseconds later', reinstall)];
  const wrong = await wrongWithHook(folder).catch(() => undefined);
  if (wrong !== undefined) return [bad(title, `does not tell: ${wrong}`, reinstall)];
  const override = await findOverride(folder).catch(() => undefined);
  if (override !== undefined)
    return [
      bad(title, `is not called: since it was installed, core.hooksPath leads to ${oneLine(override)}`, reinstall),
    ];
  if (await isPassedOver(folder).catch(() => false))
    return [
      note(
        title,
        'is not called in a work tree that has a core.hooksPath of its own: its commits are found by watching',
      ),
    ];
  if (!told.includes(url)) return [bad(title, `tells ${oneLine(told)}, and not ${url}`, reinstall)];
  return [await secretFinding(repository, { api, home, title, reinstall, path: join(box, 'secret') })];
}

interface SecretLook {
  readonly api: Api;
  readonly home: string;
  readonly title: string;
  readonly reinstall: string;
  /** The file of the hook. */
  readonly path: string;
}

/** A server takes nothing that was signed with another secret than the one it knows. */
async function secretFinding({ id, git_dir: folder }: ApiRepository, look: SecretLook): Promise<Finding> {
  const { api, home, title, reinstall, path } = look;
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) return bad(title, 'has no secret to sign with', reinstall);
  if ((file.mode & 0o007) !== 0)
    return bad(title, 'has a secret that everybody can read', `chmod o-rwx ${oneLine(path)}`);
  const held = await readFile(path, 'utf8').catch(() => undefined); // perhaps another user's
  const known = await api
    .post(`/api/repositories/${id}/webhook-secret`, {}, z.looseObject({ secret: z.string() }))
    .catch(() => undefined);
  if (held === undefined || known === undefined || held.trimEnd() === known.secret)
    return ok(title, 'tells this server');
  const other = await homeOfRepository(folder ?? '');
  const whose =
    other === undefined || other === home
      ? 'with a secret that this server does not know'
      : `for the server of the home ${oneLine(other)}`;
  return bad(title, `signs ${whose}: what it tells is refused here`, reinstall);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
