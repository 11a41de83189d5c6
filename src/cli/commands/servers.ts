import type { Declaration } from './declaration.ts';

const HTTP = ['--http <host:port>', 'where the page and the API listen; port 0: any free one'] as const;
const DISPATCHER = ['--dispatcher <host:port>', 'where runners connect to; port 0: any free one'] as const;
const DATABASE = ['--database <url>', 'where runs are kept (default: SQLite in the home folder)'] as const;
const POLL = ['--poll <seconds>', 'time between two looks at a repository (default: 5 local, 60 remote)'] as const;

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
    load: () => import('../up.ts'),
  },
  {
    usage: 'observer',
    summary: 'start the observer alone: it takes webhooks and watches repositories',
    options: [HTTP, ['--dispatcher <host:port>', 'the dispatcher that it tells'], POLL],
    example: 'signalbox observer --http 127.0.0.1:8081 --dispatcher 127.0.0.1:8888',
    load: () => import('../observer.ts'),
  },
  {
    usage: 'dispatcher',
    summary: 'start the dispatcher alone: queue, page and API',
    options: [HTTP, DISPATCHER, DATABASE],
    example: 'signalbox dispatcher --dispatcher 127.0.0.1:8888',
    load: () => import('../dispatcher.ts'),
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
    load: () => import('../runner.ts'),
  },
  {
    usage: 'reporter',
    summary: 'start the reporter alone: it tells forges, mail and chat what happened',
    options: [['--http <host:port>', 'the server whose events it tells (default: that of the home)']],
    example: 'signalbox reporter --http 127.0.0.1:8080',
    load: () => import('../reporter.ts'),
  },
];
