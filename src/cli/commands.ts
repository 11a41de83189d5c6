import type { Declaration } from './commands/declaration.ts';
import { DOING } from './commands/doing.ts';
import { HELPING } from './commands/helping.ts';
import { LOOKING } from './commands/looking.ts';
import { REPOSITORIES } from './commands/repositories.ts';
import { SERVERS } from './commands/servers.ts';
import { SETTINGS } from './commands/settings.ts';
import { WORKING } from './commands/working.ts';

/** Every command, under the headings of the help and in its order. */
export const COMMANDS: readonly (readonly [heading: string, declarations: readonly Declaration[]])[] = [
  ['Servers:', SERVERS],
  ['Here and now:', WORKING],
  ['Repositories:', REPOSITORIES],
  ['Doing:', DOING],
  ['Looking:', LOOKING],
  ['Settings:', SETTINGS],
  ['Helping:', HELPING],
];

/** Commands that have their name already. */
export const LATER = ['fleet'] as const;
