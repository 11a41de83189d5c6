import type { Declaration } from './declaration.ts';

/** What is tested here and now. */
export const WORKING: readonly Declaration[] = [
  {
    usage: 'run [path]',
    summary: 'run the workflows of the working tree, or of a commit, here and now, without a server',
    options: [
      ['--event <name>', 'the event that it is to be (default: push)'],
      ['--workflow <name>', 'only this workflow file'],
      ['--job <id>', 'only this job, and what it needs'],
      ['--rev <rev>', 'a commit (default: the working tree as it is)'],
      ['--ref <ref>', 'the full ref that it is to be on (default: the branch that is checked out)'],
      ['--event-file <json>', 'the payload of the event'],
      ['--input <name=value>', 'an input of workflow_dispatch', 'many'],
      ['--secret <name=value>', 'a secret; a name alone takes the value from the environment', 'many'],
      ['--var <name=value>', 'a variable; a name alone takes the value from the environment', 'many'],
      ['--env <name=value>', 'added to the environment of every step', 'many'],
      ['--jobs <n>', 'how many jobs at once (default: half the cores, at least 2)'],
    ],
    example: 'signalbox run --job test',
    load: () => import('../run.ts'),
  },
];
