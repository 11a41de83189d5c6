import { resolve } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { runGit } from '../git/git.ts';
import { type InstallReport, installHooks, isPassedOver } from '../hooks/install.ts';
import { addRepository } from './add.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { each } from './each.ts';
import { oneLine } from './harmless.ts';
import { readAddress } from './home.ts';
import { homeOfRepository } from './home-of-repository.ts';
import { serverUrl, webhooksUrl } from './server-url.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** `signalbox install-hook`. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal } = context;
  const work = async (path: string, api: Parameters<typeof addRepository>[0], config: LoadedConfig) => {
    const folder = resolve(context.cwd, path);
    const { name, secret } = await addRepository(api, { source: folder, cwd: context.cwd });
    if (secret === undefined) throw new UsageError('the server does not tell the secret; is it of another version?');
    const { url, isServed } = await hookUrl(config);
    const homeBefore = await homeOfRepository(folder);
    const report = await installHooks({ path: folder, secret, repository: name, url, home: config.home });
    if (options.json) return terminal.json({ repository: name, url, ...report });
    printReport(report, terminal);
    if (await isPassedOver(folder)) {
      const why = 'this work tree has a core.hooksPath of its own, and git does not call the hook in it';
      terminal.line(`${terminal.colours.yellow('!')} ${oneLine(name)}: ${why}; its commits are found by watching`);
    } else {
      const when = isServed ? 'from now on' : 'as soon as a server runs: signalbox up (in a clone: npm start)';
      const what = (await isBare(folder)) ? 'each push into it' : 'each commit';
      terminal.line(`${terminal.colours.green('✓')} ${oneLine(name)}: ${what} is told to ${url} ${when}`);
    }
    if (homeBefore !== undefined && homeBefore !== config.home) terminal.say(movedFrom(homeBefore, path));
  };
  const makesHome = true;
  return withApi(invocation, (api, config) => each(args, terminal, (path) => work(path, api, config)), makesHome);
}

/** What was changed, and what was found as it should be. */
export function printReport(report: InstallReport, terminal: Terminal): void {
  for (const { path, what, isChange } of report.steps) {
    const line = `  ${oneLine(path)}  ${oneLine(what)}`;
    terminal.line(isChange ? line : terminal.colours.dim(line));
  }
}

/** Nobody commits in a bare repository: it is pushed to, and its hook is `post-receive`. */
async function isBare(folder: string): Promise<boolean> {
  const said = await runGit(['rev-parse', '--is-bare-repository'], { cwd: folder, asUser: true });
  return said.toString('latin1').trim() === 'true';
}

/** A hook tells one server: that of another home only sees the commits later, by itself. */
function movedFrom(home: string, path: string): string {
  const back = `signalbox install-hook --home ${oneLine(home)} ${oneLine(path)}`;
  return `until now the hook told the server of the home ${oneLine(home)}; back there: ${back}`;
}

/** Where the hook posts: to the server that runs, else to where one will run. Each `up` renews it. */
async function hookUrl(config: LoadedConfig): Promise<{ readonly url: string; readonly isServed: boolean }> {
  const address = (await readAddress(config.home, 'observer.json')) ?? (await readAddress(config.home));
  return { url: webhooksUrl(address?.http ?? serverUrl(config.http)), isServed: address !== undefined };
}
