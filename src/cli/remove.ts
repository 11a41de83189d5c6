import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { each } from './each.ts';
import { findRepository } from './find-repository.ts';
import { oneLine } from './harmless.ts';
import { removedWords, stopWatching } from './stop-watching.ts';

/** `signalbox remove`. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, args, options } = invocation;
  return withApi(invocation, (api) =>
    each(args, context.terminal, async (name) => {
      const repository = await findRepository(api, name, context.cwd);
      const answer = await stopWatching(api, repository);
      if (options.json) context.terminal.json(answer);
      else context.terminal.say(removedWords(answer));
      const { git_dir: gitDir, sources } = repository;
      if (gitDir && !options.json && existsSync(join(gitDir, 'signalbox', 'url')))
        context.terminal.say(
          `its hook is still there, without effect; "signalbox uninstall-hook ${oneLine(sources[0] ?? gitDir)}" takes it away`,
        );
    }),
  );
}
