import { type Declaration, REPOSITORY } from './declaration.ts';

/** What changes what runs. */
export const DOING: readonly Declaration[] = [
  {
    usage: 'rerun [run]',
    summary: 'try a run again, the same commit as its next attempt (default: the newest run)',
    options: [REPOSITORY, ['--failed', 'only jobs that did not succeed, and what comes after them']],
    example: 'signalbox rerun --failed',
    load: () => import('../rerun.ts'),
  },
  {
    usage: 'approve <run>',
    summary: 'let a run begin that waits for a person: a pull request from a fork, at this commit',
    options: [
      REPOSITORY,
      ['--unsandboxed', 'I have read its code, and know that nothing but that protects this machine'],
    ],
    example: 'signalbox approve app#12 --unsandboxed',
    load: () => import('../approve.ts'),
  },
  {
    usage: 'cancel [run]',
    summary: 'end a run that waits or runs; once more: end also jobs that run always (default: the newest run)',
    options: [REPOSITORY],
    example: 'signalbox cancel',
    load: () => import('../cancel.ts'),
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
    load: () => import('../dispatch.ts'),
  },
];
