import type { Command } from 'commander';
import { UsageError } from './usage-error.ts';

/** Arguments and values of options that may be empty, as they are called in the help. */
const MAY_BE_EMPTY = /[[<](?:text|value|a,b)(?:\.{3})?[\]>]$/;

/**
 * Refuses names that are empty, as `"$UNSET"` is: an empty path is the folder one stands in, which was not meant.
 * @throws {UsageError}
 */
export function refuseEmpty(command: Command): void {
  for (const [at, value] of command.args.entries()) {
    const argument = command.registeredArguments[at] ?? command.registeredArguments.at(-1);
    if (value !== '' || argument === undefined || argument.name() === 'value') continue;
    const what = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
    throw empty(`${what} of "${command.name()}"`, argument.required ? 'say which' : 'say which, or leave it out');
  }
  for (let one: Command | null = command; one !== null; one = one.parent)
    for (const option of one.options) {
      const value: unknown = one.getOptionValue(option.attributeName());
      if (MAY_BE_EMPTY.test(option.flags) || ![value].flat().includes('')) continue;
      throw empty(option.flags.replace(/ [[<].*$/, ''), 'give it a value, or leave it out');
    }
}

function empty(what: string, remedy: string): UsageError {
  return new UsageError(`${what} is empty, perhaps from a variable that is not set; ${remedy}`);
}
