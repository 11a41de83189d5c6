import { Command, Option } from 'commander';
import { VERSION } from '../support/version.ts';
import type { Declaration } from './commands/declaration.ts';
import { COMMANDS, LATER } from './commands.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import { refuseEmpty } from './refuse-empty.ts';

/** A command line that is parsed once; `exitCode` is that of the command that ran. */
export interface Program {
  readonly command: Command;
  exitCode(): number;
}

const ABOUT = `CI that starts before your hand leaves the keyboard: every commit gets exactly one verdict.`;

/** The command line of `signalbox`. */
export function createProgram(context: Context): Program {
  let exitCode: number = EXIT.done;
  const program = new Command('signalbox');
  program
    .description(ABOUT)
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.terminal.stdout.write(text),
      writeErr: (text) => void context.terminal.stderr.write(text),
      outputError: (text, write) => write(inOneLine(text)),
    })
    .addHelpText('after', '\nExample:\n  signalbox up');
  addCommon(program, true);

  const declare = (parent: Command, declaration: Declaration): void => {
    const command = parent
      .command(declaration.usage)
      .summary(declaration.summary)
      .description(sentence(declaration.summary));
    for (const [flags, description, many] of declaration.options ?? []) {
      if (many === undefined) command.option(flags, description);
      else command.option(flags, description, (value: string, before: readonly string[] = []) => [...before, value]);
    }
    for (const flags of declaration.refused ?? []) command.addOption(new Option(flags).hideHelp());
    addCommon(command, false);
    command.configureOutput({ outputError: (text, write) => write(inOneLine(unabbreviated(text, command))) });
    command.addHelpText('after', `\nExample:\n  ${declaration.example}`);
    const { subcommands = [] } = declaration;
    // commander would say that there is an argument too many
    if (subcommands.length > 0) command.allowExcessArguments();
    command.action(async () => {
      if (subcommands.length > 0 && command.args.length > 0) unknownSubcommand(command);
      refuseEmpty(command);
      const { run } = await declaration.load();
      exitCode = await run({ context, args: command.args, options: command.optsWithGlobals() });
    });
    for (const subcommand of subcommands) declare(command, subcommand);
  };
  for (const [heading, declarations] of COMMANDS) {
    program.commandsGroup(heading);
    for (const declaration of declarations) declare(program, declaration);
  }
  program.commandsGroup('Other:');
  for (const name of LATER) {
    const command = program.command(`${name} [args...]`, { hidden: true }).allowUnknownOption();
    command.description('Not in this version yet.').addHelpText('after', '\nExample:\n  signalbox --help');
    command.action(() => {
      context.terminal.say(`signalbox: "${name}" is not there yet; "signalbox --help" lists what is`);
      exitCode = EXIT.impossible;
    });
  }
  return { command: program, exitCode: () => exitCode };
}

/** "error: unknown option '--htpp'\n(Did you mean --http?)" as one line of ours. */
function inOneLine(text: string): string {
  const words = text.trim().replace(/^error: /, '');
  return `signalbox: ${words.replace(/\s*\n\s*/g, ' ')}\n`;
}

/** An unknown option that is the beginning of known ones stands for one of them: commander goes by letters that differ. */
function unabbreviated(text: string, { options }: Command): string {
  const [unknown, begun] = /^error: unknown option '(--\w[\w-]*)'/.exec(text) ?? [];
  if (unknown === undefined || begun === undefined) return text;
  const meant = options.filter(({ long, hidden }) => !hidden && long?.startsWith(begun)).map(({ long }) => long);
  return meant.length === 0 ? text : `${unknown}\n(Did you mean ${meant.join(' or ')}?)`;
}

/** @throws {CommanderError} always: it names those that there are. */
function unknownSubcommand(command: Command): never {
  const name = command.name();
  const known = ['', ...command.commands.map((one) => ` ${one.name()}`)].map((one) => `'${name}${one}'`);
  return command.error(
    `error: unknown command '${name} ${oneLine(command.args[0] ?? '')}'; there are ${known.join(', ')}`,
  );
}

/** Options of every command; before the name of the command they are accepted too, but not shown. */
function addCommon(command: Command, isHidden: boolean): void {
  const options = [
    new Option('--home <dir>', 'the home folder'),
    new Option('--config <file>', 'the configuration (default: signalbox.yml in the home folder)'),
    new Option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent'),
    new Option('--json', 'print JSON, for programs'),
  ];
  for (const option of options) command.addOption(isHidden ? option.hideHelp() : option);
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
