import { gitDirOf } from '../git/refs.ts';
import { renewUrl } from '../hooks/install.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';

/**
 * Tells the hooks of local repositories where to post from now on. A repository without the hook is passed over; one
 * that cannot be written is logged: its commits are found by the watcher.
 * @param folders git folders, or folders in work trees.
 */
export async function renewHooks(folders: readonly string[], url: string, logger: Logger): Promise<void> {
  const renew = async (folder: string) => {
    try {
      await renewUrl((await gitDirOf(folder)).commonDir, url);
    } catch (error) {
      logger.warn({ folder }, `its hook could not be told where to post: ${messageOf(error)}`);
    }
  };
  await Promise.all(folders.map(renew));
}
