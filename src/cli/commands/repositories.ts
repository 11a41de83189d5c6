import type { Declaration } from './declaration.ts';

/** What is watched. */
export const REPOSITORIES: readonly Declaration[] = [
  {
    usage: 'add <path|url...>',
    summary: 'watch repositories: folders of this machine, or URLs',
    options: [
      ['--name <owner/name>', 'full name of the repository (default: from its path or URL)'],
      ['--secret-file <file>', 'secret for its webhook (default: a new one)'],
      ['--token-file <file>', 'access token with which git is let in there, alone or as user:token'],
      ['--ssh-key <file>', 'private key (a deploy key) with which git is let in there over ssh'],
    ],
    example: 'signalbox add . https://github.com/git/git.git',
    load: () => import('../add.ts'),
  },
  {
    usage: 'repos',
    summary: 'list the watched repositories',
    example: 'signalbox repos',
    load: () => import('../repos.ts'),
  },
  {
    usage: 'remove <repository...>',
    summary: 'stop watching repositories; their runs are kept',
    example: 'signalbox remove local/app',
    load: () => import('../remove.ts'),
  },
  {
    usage: 'install-hook <path...>',
    summary: 'watch repositories of this machine, and be told of each commit at once',
    example: 'signalbox install-hook .',
    load: () => import('../install-hook.ts'),
  },
  {
    usage: 'uninstall-hook <path...>',
    summary: 'put back what install-hook changed, and stop watching',
    options: [['--keep', 'go on watching the repository, without the hook']],
    example: 'signalbox uninstall-hook .',
    load: () => import('../uninstall-hook.ts'),
  },
];
