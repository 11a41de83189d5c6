import type { LoadedConfig } from '../config/load.ts';
import { hostPortSchema } from '../config/load-schema.ts';
import { isAddress } from '../config/notify-schema.ts';
import { OCCASIONS } from '../reporter/notify/decide.ts';
import { type PlacedRule, rulesOf } from '../reporter/notify/placed-rules.ts';
import { PREVIEWS, previewOf } from '../reporter/notify/preview.ts';
import { targetWords } from '../reporter/notify/targets.ts';
import { tellingOf } from '../reporter/notify/telling.ts';
import { sendTrial, trialNotice } from '../reporter/notify/trial.ts';
import type { Invocation } from './context.ts';
import { table } from './draw/table.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import { notifySinks } from './notify-role.ts';
import { digestWords, quietWords } from './notify-words.ts';
import { oneOf, wholeNumber } from './options.ts';
import { serverUrl } from './server-url.ts';
import { settingsFor } from './settings.ts';
import { UsageError } from './usage-error.ts';

interface Options {
  readonly test?: boolean;
  readonly preview?: boolean;
  readonly sink?: string | true;
  readonly repository?: string;
  readonly rule?: string;
  readonly to?: string;
  readonly as?: string;
  readonly on?: string;
}

/** `signalbox notify`: lists the rules; tries them, shows what they send, or takes mail and prints it. */
export async function run(invocation: Invocation<Options>): Promise<number> {
  const { options, context } = invocation;
  const ways = [options.test, options.preview, options.sink].filter((way) => way !== undefined);
  if (ways.length > 1) throw new UsageError('--test, --preview and --sink each do something else; name one of them');
  if (options.sink !== undefined) {
    const { printMails } = await import('./mail-print.ts');
    return printMails(context, placeOf(options.sink), options.json === true);
  }
  const config = await settingsFor(invocation);
  if (options.preview) return preview(invocation, config);
  const rules = chosen(config, options);
  return options.test ? test(invocation, config, rules) : list(invocation, rules);
}

function placeOf(sink: string | true) {
  const parsed = hostPortSchema.safeParse(sink === true ? '127.0.0.1:2525' : sink);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--sink is "${sink}"; it must be HOST:PORT, like 127.0.0.1:2525`);
}

/** @throws {UsageError} where there are none: what to write, and where. */
function chosen(config: LoadedConfig, { repository, rule: text }: Options): readonly PlacedRule[] {
  const rules = rulesOf(config, repository);
  if (rules.length === 0)
    throw new UsageError(
      `there are no rules${repository === undefined ? '' : ` for ${oneLine(repository)}`} in ${config.file}; ` +
        'one is, for all repositories: defaults: { notify: [{ mail: ada@example.org }] }',
    );
  const number = wholeNumber('--rule', text, 1, 10_000);
  if (number === undefined) return rules;
  const found = rules.filter((rule) => rule.number === number);
  if (found.length > 0) return found;
  throw new UsageError(`--rule is ${number}; "signalbox notify" lists the rules with their numbers`);
}

function list({ context, options }: Invocation<Options>, rules: readonly PlacedRule[]): number {
  const { terminal } = context;
  if (options.json) {
    const said = rules.map(({ scope, number, rule }) => ({
      ...{ scope, rule: number, to: targetWords(rule), on: rule.on, branches: rule.branches, per_hour: rule.perHour },
      ...{ quiet: rule.quiet && quietWords(rule.quiet), digest: rule.digest && digestWords(rule.digest) },
    }));
    terminal.json({ rules: said });
    return EXIT.done;
  }
  const rows = rules.map(({ scope, number, rule }) => [
    ...[oneLine(scope), String(number), targetWords(rule), `on ${rule.on.join(', ')}`],
    rule.branches === null ? 'the default branch' : oneLine(rule.branches.join(', ')),
    rule.digest === null ? '' : `digest ${digestWords(rule.digest)}`,
    rule.quiet === null ? '' : `quiet ${quietWords(rule.quiet)}`,
    rule.perHour === null ? '' : `at most ${rule.perHour} an hour`,
  ]);
  for (const line of table(rows, terminal)) terminal.line(line);
  return EXIT.done;
}

async function test(
  { context, options }: Invocation<Options>,
  config: LoadedConfig,
  rules: readonly PlacedRule[],
): Promise<number> {
  const { terminal } = context;
  const { to, repository } = options;
  if (to !== undefined && !isAddress(to)) throw new UsageError(`--to is "${oneLine(to)}"; it must be a mail address`);
  const now = new Date();
  const page = config.publicUrl ?? serverUrl(config.http);
  const results = await sendTrial(rules, {
    ...{ sinks: notifySinks(config), now },
    notice: ({ scope }) => trialNotice(repository ?? (scope === 'defaults' ? 'local/sample' : scope), page, now),
    ...(to === undefined ? {} : { to }),
  });
  if (options.json) {
    terminal.json({ results: results.map(({ isSent, ...result }) => ({ ...result, sent: isSent })) });
  } else
    for (const { scope, rule, to: whom, error } of results)
      terminal.line(
        `${oneLine(scope)} rule ${rule}, ${whom}: ${error === null ? 'sent' : `not sent: ${oneLine(error)}`}`,
      );
  return results.every(({ isSent }) => isSent) ? EXIT.done : EXIT.impossible;
}

function preview({ context, options }: Invocation<Options>, config: LoadedConfig): number {
  const as = oneOf('--as', options.as, PREVIEWS) ?? 'text';
  const occasion = oneOf('--on', options.on, OCCASIONS) ?? 'broken';
  const page = config.publicUrl ?? serverUrl(config.http);
  const notice = trialNotice(options.repository ?? 'local/sample', page, new Date(), occasion);
  context.terminal.stdout.write(previewOf(tellingOf([notice], 'Here stands which rule it comes from.'), as));
  return EXIT.done;
}
