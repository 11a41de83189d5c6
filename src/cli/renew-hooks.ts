import { gitDirOf } from '../git/refs.ts';
import { renewUrl } from '../hooks/install.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';

/** A repository on this machine that may have the hook. */
export interface Hooked {
  /** Its git folder, or a folder in a work tree. */
  readonly folder: string;
  /** What its pushes to this server are signed with. */
  readonly secret: string;
}

/**
 * Tells the hooks of local repositories where to post from now on. A repository without the hook, or with that of another
 * server, is passed over; one that cannot be written is logged: its commits are found by the watcher.
 */
export async function renewHooks(repositories: readonly Hooked[], url: string, logger: Logger): Promise<void> {
  const renew = async ({ folder, secret }: Hooked) => {
    try {
      await renewUrl((await gitDirOf(folder)).commonDir, url, secret);
    } catch (error) {
      logger.warn({ folder }, `its hook could not be told where to post: ${messageOf(error)}`);
    }
  };
  await Promise.all(repositories.map(renew));
}
