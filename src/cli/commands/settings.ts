import type { Declaration } from './declaration.ts';

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
    const { listSecrets, listVariables } = await import('../vault-list.ts');
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
          const { setSecret, setVariable } = await import('../vault-set.ts');
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
          const { remove } = await import('../vault-remove.ts');
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
    load: () => import('../notify-try.ts'),
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
