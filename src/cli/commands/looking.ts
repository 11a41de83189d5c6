import { type Declaration, REPOSITORY } from './declaration.ts';

/** What happened, what happens, what waits. */
export const LOOKING: readonly Declaration[] = [
  {
    usage: 'runs',
    summary: 'list runs, newest first',
    options: [
      REPOSITORY,
      ['--sha <sha>', 'only of this commit (its beginning is enough)'],
      ['--ref <ref>', 'only of this branch or tag'],
      ['--status <status>', 'queued, in_progress or completed'],
      ['--conclusion <conclusion>', 'success, failure, error, cancelled, timed_out or skipped'],
      ['--search <text>', 'only those with this in title, author, branch, workflow or the name of a test'],
      ['--author <text>', 'only those with this in the name or address of the author'],
      ['-n, --limit <n>', 'how many (default: 20)'],
      ['--before <id>', 'only those before this run: the next page'],
    ],
    example: 'signalbox runs --conclusion failure -n 5',
    load: () => import('../runs.ts'),
  },
  {
    usage: 'show [run]',
    summary: 'show a run: by name (app#3), id or beginning of a commit (default: the newest)',
    options: [REPOSITORY, ['--all', 'each job with its steps, however many there are']],
    example: 'signalbox show',
    load: () => import('../show.ts'),
  },
  {
    usage: 'logs [run]',
    summary: 'print the log of a run (default: the newest)',
    options: [
      REPOSITORY,
      ['-f, --follow', 'go on until the run is complete'],
      ['--failed', 'only what the steps said that failed'],
      ['--job <name>', 'only of this job'],
    ],
    example: 'signalbox logs -f',
    load: () => import('../logs.ts'),
  },
  {
    usage: 'watch [run]',
    summary:
      'follow a run or the push of a commit to its verdict, which is the exit code (default: the commit one is on, outside of a watched repository all that happens)',
    options: [
      REPOSITORY,
      ['--sha <sha>', 'wait for the verdict on this commit'],
      ['--all', 'show all that happens, until Ctrl-C'],
      ['--notify', 'tell the verdict on the desktop, too'],
    ],
    example: 'signalbox watch HEAD',
    load: () => import('../watch.ts'),
  },
  {
    usage: 'commit-status [rev]',
    summary: 'print the mark and the word of a commit, for a prompt (default: HEAD)',
    example: 'signalbox commit-status HEAD~1',
    load: () => import('../commit-status.ts'),
  },
  {
    usage: 'queue',
    summary: 'list what waits, and why',
    example: 'signalbox queue',
    load: () => import('../queue.ts'),
  },
  {
    usage: 'runners',
    summary: 'list the runners',
    example: 'signalbox runners',
    load: () => import('../runners.ts'),
    subcommands: [
      {
        usage: 'drain <name>',
        summary: 'let a runner finish what it has, and give it nothing until it is resumed',
        example: 'signalbox runners drain local-1',
        load: () => import('../runners-drain.ts'),
      },
      {
        usage: 'resume <name>',
        summary: 'take a drain back: the runner is given jobs again',
        example: 'signalbox runners resume local-1',
        load: () => import('../runners-resume.ts'),
      },
    ],
  },
  {
    usage: 'deliveries',
    summary: 'list what webhooks and hooks delivered',
    options: [
      REPOSITORY,
      ['-n, --limit <n>', 'how many (default: 20)'],
      ['--refused', 'what was not taken since the server started, and why'],
    ],
    example: 'signalbox deliveries',
    load: () => import('../deliveries.ts'),
    subcommands: [
      {
        usage: 'redeliver <id>',
        summary: 'take a delivery as if it came again',
        example: 'signalbox deliveries redeliver "$(signalbox deliveries --json -n 1 | head -n 1)"',
        load: () => import('../deliveries-redeliver.ts'),
      },
    ],
  },
  {
    usage: 'open',
    summary: 'open the page in a browser, logged in',
    example: 'signalbox open',
    load: () => import('../open.ts'),
  },
];
