import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { messageOf } from '../../support/ci-error.ts';
import { annotationOf } from './annotations.ts';
import { isCommandName, parseCommandLine, type WorkflowCommand } from './command-line.ts';
import { annotationOfMatch } from './matched-problem.ts';
import { parseMatchers } from './matcher-config.ts';
import type { Match } from './matchers.ts';
import type { LineSink } from './output-lines.ts';
import { setOwn } from './own-property.ts';
import type { StepCall } from './step-call.ts';

const DISABLED =
  'Please upgrade to using Environment Files or opt into unsecure command execution by setting the ' +
  '`ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`. For more information see: ' +
  'https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/';
const DEPRECATED =
  'Please upgrade to using Environment Files. For more information see: ' +
  'https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/';

/** Does what the output of one process says by workflow commands, and looks for problems in it. */
export class StepCommands implements LineSink {
  readonly #call: StepCall;
  /** The token that ends a `stop-commands`. */
  #stopToken: string | undefined;
  /** What was found in the lines that come next. */
  #ahead: (Match | undefined)[] = [];
  #isEchoing: boolean;
  #hasFailed = false;

  constructor(call: StepCall) {
    this.#call = call;
    this.#isEchoing = call.job.isDebug;
  }

  /** Could a command not be done? Then the step has failed. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  get wantsAll(): boolean {
    return !this.#call.job.matchers.isEmpty;
  }

  text(bytes: Buffer): void {
    this.#call.job.log.output(bytes);
  }

  line(line: string, isShown: boolean): (() => void) | undefined {
    const command = parseCommandLine(line, this.#stopToken);
    if (command !== undefined && this.#stopToken === undefined) return () => this.#do(command, line);
    if (command !== undefined && command.name === this.#stopToken?.toLowerCase()) return () => this.#resume(line);
    return this.wantsAll ? this.#problem(line, isShown) : undefined;
  }

  /** All at once, up to the first that may be a command: watching the time costs more than what is watched. */
  ahead(lines: readonly string[]): void {
    const command = lines.findIndex((line) => line.includes('::') || line.includes('##['));
    this.#ahead = this.#call.job.matchers.matchAll(command < 0 ? lines : lines.slice(0, command)) ?? [];
  }

  #resume(line: string): void {
    this.#stopToken = undefined;
    this.#call.job.log.outputLine(line);
  }

  #problem(line: string, isShown: boolean): (() => void) | undefined {
    const { job, index } = this.#call;
    const match = this.#ahead.length > 0 ? this.#ahead.shift() : this.#matchNow(line);
    const annotation = match === undefined ? undefined : annotationOfMatch(match, job.options.places.workspace);
    if (annotation === undefined) return undefined;
    job.annotate({ ...annotation, step: index });
    // What is to be seen of the line already cannot be marked any more.
    return isShown ? undefined : () => job.log.outputLine(`##[${annotation.level}]${line}`);
  }

  #matchNow(line: string): Match | undefined {
    const { job, index } = this.#call;
    return job.matchers.match(line, (owner) =>
      job.warning(`Removing issue matcher '${owner}': it took more than half a second for one line`, index),
    );
  }

  #do(command: WorkflowCommand, line: string): void {
    const { job, index } = this.#call;
    const isSilent = QUIET.has(command.name);
    if (this.#isEchoing && !isSilent) job.log.outputLine(line);
    try {
      this.#act(command, line);
    } catch (error) {
      const shown = command.name === 'add-mask' ? command.name : line;
      job.error(`Unable to process command '${shown}' successfully.`, index);
      job.error(messageOf(error), index);
      this.#hasFailed = true;
    }
  }

  #act(command: WorkflowCommand, line: string): void {
    const { job, index, outputs, state } = this.#call;
    const { name, data } = command;
    if (name === 'error' || name === 'warning' || name === 'notice') this.#annotate(name, command);
    else if (name === 'debug') job.debug(data);
    else if (name === 'group') job.log.outputLine(`##[group]${data}`);
    else if (name === 'endgroup') job.log.outputLine('##[endgroup]');
    else if (name === 'add-mask') this.#mask(data);
    else if (name === 'stop-commands') this.#stop(data, line);
    else if (name === 'echo') this.#isEchoing = isOn(data);
    else if (name === 'set-output') setOwn(outputs, this.#deprecated(command, 'set-output'), data);
    else if (name === 'save-state') setOwn(state, this.#deprecated(command, 'save-state'), data);
    else if (name === 'set-env') this.#setEnv(command);
    else if (name === 'add-path') this.#addPath(data);
    else if (name === 'add-matcher') job.matchers.add(parseMatchers(this.#read(data)));
    else if (name === 'remove-matcher') this.#removeMatcher(command);
    else job.warning(`Can't find command extension for ##[${name}.command].`, index);
  }

  #annotate(level: 'error' | 'warning' | 'notice', command: WorkflowCommand): void {
    const { job, index } = this.#call;
    const { workspace } = job.options.places;
    job.log.outputLine(`##[${level}]${command.data}`);
    const inRepository = (file: string) => {
      const path = resolve(workspace, file);
      return path.startsWith(`${workspace}/`) ? relative(workspace, path) : file;
    };
    job.annotate({ ...annotationOf(level, command, inRepository), step: index });
  }

  #mask(secret: string): void {
    const { job, index } = this.#call;
    if (secret.trim() === '') job.warning("Can't add secret mask for empty string in ##[add-mask] command.", index);
    else job.masks.add(secret);
    if (this.#isEchoing) job.log.outputLine('::add-mask::***');
  }

  #stop(token: string, line: string): void {
    if (token.trim() === '') throw new Error('a token has to follow ::stop-commands::, by which commands are resumed');
    // a line that is a command anyway would resume them
    if (isCommandName(token)) throw new Error(`::stop-commands:: takes no name of a command as its token: ${token}`);
    this.#call.job.log.outputLine(line);
    this.#stopToken = token;
  }

  #deprecated({ properties }: WorkflowCommand, name: string): string {
    const { job, index } = this.#call;
    if (!job.warned.has(name)) job.warning(`The \`${name}\` command is deprecated. ${DEPRECATED}`, index);
    job.warned.add(name);
    return properties.get('name') || missing('name', name);
  }

  #setEnv({ properties, data }: WorkflowCommand): void {
    const { job, scope } = this.#call;
    this.#checkAllowed('set-env');
    const name = properties.get('name') || missing('name', 'set-env');
    if (name.toUpperCase() === 'NODE_OPTIONS')
      throw new Error(`Can't update ${name} environment variable using ::set-env:: command.`);
    job.setEnv(scope, name, data);
  }

  #addPath(folder: string): void {
    this.#checkAllowed('add-path');
    if (folder !== '') this.#call.job.addPath(folder);
  }

  #checkAllowed(name: string): void {
    if (this.#call.env.ACTIONS_ALLOW_UNSECURE_COMMANDS?.toLowerCase() === 'true') return;
    throw new Error(`The \`${name}\` command is disabled. ${DISABLED}`);
  }

  #removeMatcher({ properties, data }: WorkflowCommand): void {
    const { job, index } = this.#call;
    const owner = properties.get('owner') ?? '';
    if ((owner === '') === (data === ''))
      job.warning('Either an owner name or a file path must be specified in ##[remove-matcher] command.', index);
    else job.matchers.remove(owner !== '' ? [owner] : parseMatchers(this.#read(data)).map((one) => one.owner));
  }

  #read(file: string): string {
    if (file === '') throw new Error('a path has to follow the command');
    return readFileSync(resolve(this.#call.job.options.places.workspace, file), 'utf8');
  }
}

/** Commands that are not echoed, since what they do is to be seen. */
const QUIET = new Set(['error', 'warning', 'notice', 'debug', 'add-mask', 'stop-commands', 'group', 'endgroup']);

function missing(property: string, command: string): never {
  throw new Error(`Required field '${property}' is missing in ##[${command}] command.`);
}

function isOn(value: string): boolean {
  const text = value.trim().toLowerCase();
  if (text === 'on' || text === 'off') return text === 'on';
  throw new Error(`Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${value}'.`);
}
