import type { CommandModule } from './context.ts';

/** What a command looks like in the tables below. */
export interface Declaration {
  /** Name and arguments, as commander writes them: `show [run]`. */
  readonly usage: string;
  readonly summary: string;
  /** An option that is `many` can be given several times. */
  readonly options?: readonly (readonly [flags: string, description: string, many?: 'many'])[];
  /** Options that are taken so that the command can refuse them itself; not shown. */
  readonly refused?: readonly string[];
  /** Ends the help; it works as it stands. */
  readonly example: string;
  /** Loaded when the command runs, so that `--help` costs nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: each command has options of its own, made by commander from the same lines
  readonly load: () => Promise<CommandModule<any>>;
  readonly subcommands?: readonly Declaration[];
}

const HTTP = ['--http <host:port>', 'where the page and the API listen; port 0: any free one'] as const;
const DISPATCHER = ['--dispatcher <host:port>', 'where runners connect to; port 0: any free one'] as const;
const DATABASE = ['--database <url>', 'where runs are kept (default: SQLite in the home folder)'] as const;
const POLL = ['--poll <seconds>', 'time between two looks at a repository (default: 5 local, 60 remote)'] as const;
const REPOSITORY = ['--repository <name>', 'only of this repository (owner/name, or the end of it)'] as const;

/** What runs until it is told to end. */
export const SERVERS: readonly Declaration[] = [
  {
    usage: 'up',
    summary: 'start everything: observer, dispatcher, page and runners',
    options: [
      HTTP,
      DISPATCHER,
      ['--runners <n>', 'how many runners (default: half the cores, at least 2)'],
      POLL,
      DATABASE,
      ['--no-sample', 'make no sample repository where nothing is watched yet'],
    ],
    example: 'signalbox up --http 127.0.0.1:0 --runners 2',
    load: () => import('./up.ts'),
  },
  {
    usage: 'observer',
    summary: 'start the observer alone: it takes webhooks and watches repositories',
    options: [HTTP, ['--dispatcher <host:port>', 'the dispatcher that it tells'], POLL],
    example: 'signalbox observer --http 127.0.0.1:8081 --dispatcher 127.0.0.1:8888',
    load: () => import('./observer.ts'),
  },
  {
    usage: 'dispatcher',
    summary: 'start the dispatcher alone: queue, page and API',
    options: [HTTP, DISPATCHER, DATABASE],
    example: 'signalbox dispatcher --dispatcher 127.0.0.1:8888',
    load: () => import('./dispatcher.ts'),
  },
  {
    usage: 'runner',
    summary: 'start a runner alone, here or on another machine',
    options: [
      ['--dispatcher <host:port>', 'the dispatcher that it works for'],
      ['--name <name>', 'how it is called (default: the name of the machine)'],
      ['--labels <a,b>', 'what it offers to jobs that ask for it'],
      ['--slots <n>', 'how many jobs at once (default: 1)'],
      ['--token-file <file>', 'the token of the dispatcher (default: that of the home)'],
      ['--once', 'leave after one job'],
      ['--classic <host:port>', "work for the chapter's own dispatcher"],
      ['--repository <path>', 'with --classic: the clone whose commits it tests'],
    ],
    example: 'signalbox runner --dispatcher 127.0.0.1:8888 --name second --slots 2',
    load: () => import('./runner.ts'),
  },
  {
    usage: 'reporter',
    summary: 'start the reporter alone: it tells forges, mail and chat what happened',
    options: [['--http <host:port>', 'the server whose events it tells (default: that of the home)']],
    example: 'signalbox reporter --http 127.0.0.1:8080',
    load: () => import('./reporter.ts'),
  },
];

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
    load: () => import('./add.ts'),
  },
  {
    usage: 'repos',
    summary: 'list the watched repositories',
    example: 'signalbox repos',
    load: () => import('./repos.ts'),
  },
  {
    usage: 'remove <repository...>',
    summary: 'stop watching repositories; their runs are kept',
    example: 'signalbox remove local/app',
    load: () => import('./remove.ts'),
  },
  {
    usage: 'install-hook <path...>',
    summary: 'watch repositories of this machine, and be told of each commit at once',
    example: 'signalbox install-hook .',
    load: () => import('./install-hook.ts'),
  },
  {
    usage: 'uninstall-hook <path...>',
    summary: 'put back what install-hook changed, and stop watching',
    options: [['--keep', 'go on watching the repository, without the hook']],
    example: 'signalbox uninstall-hook .',
    load: () => import('./uninstall-hook.ts'),
  },
];

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
    load: () => import('./run.ts'),
  },
];

/** What changes what runs. */
export const DOING: readonly Declaration[] = [
  {
    usage: 'rerun [run]',
    summary: 'try a run again, the same commit as its next attempt (default: the newest run)',
    options: [REPOSITORY, ['--failed', 'only jobs that did not succeed, and what comes after them']],
    example: 'signalbox rerun --failed',
    load: () => import('./rerun.ts'),
  },
  {
    usage: 'approve <run>',
    summary: 'let a run begin that waits for a person: a pull request from a fork, at this commit',
    options: [
      REPOSITORY,
      ['--unsandboxed', 'I have read its code, and know that nothing but that protects this machine'],
    ],
    example: 'signalbox approve app#12 --unsandboxed',
    load: () => import('./approve.ts'),
  },
  {
    usage: 'cancel [run]',
    summary: 'end a run that waits or runs; once more: end also jobs that run always (default: the newest run)',
    options: [REPOSITORY],
    example: 'signalbox cancel',
    load: () => import('./cancel.ts'),
  },
  {
    usage: 'dispatch <workflow>',
    summary: 'start a workflow that has `on: workflow_dispatch`, by file name or name',
    options: [
      REPOSITORY,
      ['--ref <ref>', 'the branch or tag to run it on (default: the default branch)'],
      ['--input <name=value>', 'an input of the workflow', 'many'],
    ],
    example: 'signalbox dispatch release.yml --input version=1.2.3',
    load: () => import('./dispatch.ts'),
  },
];

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
    load: () => import('./runs.ts'),
  },
  {
    usage: 'show [run]',
    summary: 'show a run: by name (app#3), id or beginning of a commit (default: the newest)',
    options: [REPOSITORY, ['--all', 'each job with its steps, however many there are']],
    example: 'signalbox show',
    load: () => import('./show.ts'),
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
    load: () => import('./logs.ts'),
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
    load: () => import('./watch.ts'),
  },
  {
    usage: 'commit-status [rev]',
    summary: 'print the mark and the word of a commit, for a prompt (default: HEAD)',
    example: 'signalbox commit-status HEAD~1',
    load: () => import('./commit-status.ts'),
  },
  { usage: 'queue', summary: 'list what waits, and why', example: 'signalbox queue', load: () => import('./queue.ts') },
  {
    usage: 'runners',
    summary: 'list the runners',
    example: 'signalbox runners',
    load: () => import('./runners.ts'),
    subcommands: [
      {
        usage: 'drain <name>',
        summary: 'let a runner finish what it has, and leave',
        example: 'signalbox runners drain local-1',
        load: () => import('./runners-drain.ts'),
      },
      {
        usage: 'resume <name>',
        summary: 'take a drain back, before the runner has left',
        example: 'signalbox runners resume local-1',
        load: () => import('./runners-resume.ts'),
      },
    ],
  },
  {
    usage: 'deliveries',
    summary: 'list what webhooks and hooks delivered',
    options: [REPOSITORY, ['-n, --limit <n>', 'how many (default: 20)']],
    example: 'signalbox deliveries',
    load: () => import('./deliveries.ts'),
    subcommands: [
      {
        usage: 'redeliver <id>',
        summary: 'take a delivery as if it came again',
        example: 'signalbox deliveries redeliver "$(signalbox deliveries --json -n 1 | head -n 1)"',
        load: () => import('./deliveries-redeliver.ts'),
      },
    ],
  },
  {
    usage: 'open',
    summary: 'open the page in a browser, logged in',
    example: 'signalbox open',
    load: () => import('./open.ts'),
  },
];

const SCOPE = [
  ['--repository <name>', 'for this repository (default: for the whole server)'],
  ['--environment <name>', 'for this environment of the repository'],
] as const;
const FROM_FILE = ['--from-file <file>', 'take the value from a file'] as const;

function vault(
  kind: 'secrets' | 'variables',
  value: string,
  examples: readonly [set: string, remove: string],
): Declaration {
  const what = kind === 'secrets' ? 'what only jobs may know' : 'what jobs are configured with';
  const one = kind.slice(0, -1);
  const list = async () => {
    const { listSecrets, listVariables } = await import('./vault-list.ts');
    return { run: kind === 'secrets' ? listSecrets : listVariables };
  };
  return {
    usage: kind,
    summary: `list, set and remove ${kind}: ${what}`,
    options: SCOPE,
    example: `signalbox ${kind}`,
    load: list,
    subcommands: [
      {
        usage: `set <name> ${value}`,
        summary:
          kind === 'secrets' ? 'set a secret; its value is piped in, in a file, or typed' : 'set a variable to a value',
        options: [...SCOPE, FROM_FILE],
        refused: ['--value <value>', '--body <value>'],
        example: examples[0],
        load: async () => {
          const { setSecret, setVariable } = await import('./vault-set.ts');
          return { run: kind === 'secrets' ? setSecret : setVariable };
        },
      },
      {
        usage: 'list',
        summary: kind === 'secrets' ? 'list the names of secrets; their values never come back' : 'list variables',
        options: SCOPE,
        example: `signalbox ${kind} list`,
        load: list,
      },
      {
        usage: 'remove <name...>',
        summary: `remove a ${one}`,
        options: SCOPE,
        example: examples[1],
        load: async () => {
          const { remove } = await import('./vault-remove.ts');
          return { run: (invocation) => remove(invocation, kind) };
        },
      },
    ],
  };
}

/** What jobs get beside their files, and who is told. */
export const SETTINGS: readonly Declaration[] = [
  {
    usage: 'notify',
    summary: 'list the rules by which mail and chats are told; try them, or see what they send',
    options: [
      ['--test', 'send a test by the rules, now'],
      ['--preview', 'print what is sent'],
      ['--sink [host:port]', 'be a mail server that prints what comes (default: 127.0.0.1:2525)'],
      ['--repository <name>', 'the rules of this repository (default: all)'],
      ['--rule <n>', 'only the rule with this number'],
      ['--to <address>', 'with --test: where mail goes instead'],
      ['--as <form>', 'with --preview: text, html, slack, mattermost, discord, teams or webhook'],
      ['--on <occasion>', 'with --preview: broken, still_failing, moved, fixed, failure, success, error or cancelled'],
    ],
    example: 'signalbox notify --preview --as text',
    load: () => import('./notify-try.ts'),
  },
  vault('secrets', '[value...]', [
    'signalbox secrets set NPM_TOKEN --repository app < token.txt',
    'signalbox secrets remove NPM_TOKEN --repository app',
  ]),
  vault('variables', '[value...]', [
    'signalbox variables set REGION eu-west-1 --repository app',
    'signalbox variables remove REGION --repository app',
  ]),
];

/** What helps at the keyboard. */
export const HELPING: readonly Declaration[] = [
  {
    usage: 'doctor',
    summary: 'look whether everything is as it has to be, and say what to do where it is not',
    example: 'signalbox doctor',
    load: () => import('./doctor.ts'),
  },
  {
    usage: 'completion <shell>',
    summary: 'print the script that completes commands, flags and names in bash, zsh or fish',
    example: 'signalbox completion bash',
    load: () => import('./completion.ts'),
  },
];

/** Commands that have their name already. */
export const LATER = ['fleet'] as const;
