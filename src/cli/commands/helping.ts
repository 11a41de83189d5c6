import type { Declaration } from './declaration.ts';

/** What helps at the keyboard. */
export const HELPING: readonly Declaration[] = [
  {
    usage: 'doctor',
    summary: 'look whether everything is as it has to be, and say what to do where it is not',
    example: 'signalbox doctor',
    load: () => import('../doctor.ts'),
  },
  {
    usage: 'completion <shell>',
    summary: 'print the script that completes commands, flags and names in bash, zsh or fish',
    example: 'signalbox completion bash',
    load: () => import('../completion.ts'),
  },
];
