import { type Expr, Lexer, Parser, wellKnownFunctions } from '@actions/expressions';
import { TokenType } from '@actions/expressions/lexer';
import { shorten } from './expression-error.ts';
import { OWN_FUNCTIONS } from './expression-functions.ts';

/** All contexts there are; which of them may be used where is checked when the file is parsed. */
const CONTEXTS = 'github env vars secrets job jobs steps runner strategy matrix needs inputs'.split(' ');

const FUNCTIONS: ReadonlySet<string> = new Set(
  [...Object.keys(wellKnownFunctions), ...OWN_FUNCTIONS.map((own) => own.name)].map((name) => name.toLowerCase()),
);

/** An expression that was read, or why it could not be, in words. */
export type ParsedExpression = { readonly tree: Expr } | { readonly problem: string };

/** Most characters of expressions that are remembered (what is made of them takes some fifty times that); then all are forgotten. */
const MAX_PARSED_CHARACTERS = 1_000_000;

/**
 * Module state, against the rule, because it hurts otherwise: the same few expressions are evaluated for every step of
 * every job, and the callers of `evaluate` have nothing in common to hold them. What is parsed depends on the text alone.
 */
const parsed = new Map<string, ParsedExpression>();
let parsedCharacters = 0;

/** Reads the text of an expression (without `${{ }}`); what was read is remembered by its text. */
export function parseExpression(text: string): ParsedExpression {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  parsedCharacters += text.length;
  if (parsedCharacters > MAX_PARSED_CHARACTERS) {
    parsed.clear();
    parsedCharacters = text.length;
  }
  const result = read(text);
  parsed.set(text, result);
  return result;
}

function read(text: string): ParsedExpression {
  try {
    const { tokens } = new Lexer(text).lex();
    for (const [index, token] of tokens.entries()) {
      // the package unescapes the first '' only
      if (token.type === TokenType.STRING) token.value = token.lexeme.slice(1, -1).replaceAll("''", "'");
      // the package finds names of Object.prototype among its functions
      const isCall = token.type === TokenType.IDENTIFIER && tokens[index + 1]?.type === TokenType.LEFT_PAREN;
      if (isCall && !FUNCTIONS.has(token.lexeme.toLowerCase())) {
        return { problem: `there is no function ${token.lexeme}()` };
      }
    }
    const tree: Expr | undefined = new Parser(tokens, CONTEXTS, [...OWN_FUNCTIONS]).parse();
    return tree === undefined ? { problem: 'it is empty' } : { tree };
  } catch (error) {
    return { problem: inWords(error instanceof Error ? error.message : String(error)) };
  }
}

/** The package's messages in the words of this program. */
function inWords(message: string): string {
  const symbol = /^Unexpected symbol: '([\s\S]*?)'(?:\. Located at position (\d+)|$)/.exec(message);
  if (symbol !== null) {
    const [, what = '', position] = symbol;
    const where = position === undefined ? '' : ` at position ${position}`;
    return `unexpected '${shorten(what, 60)}'${where}${/[-+*/%]/.test(what) ? '; expressions have no arithmetic' : ''}`;
  }
  const name = /^Unrecognized named-value: '(.*)'/s.exec(message);
  if (name !== null) return `there is no context '${name[1]}'; strings take single quotes`;
  if (message === 'ErrorExceededMaxLength') return 'it is longer than 21000 characters';
  if (message.startsWith('Exceeded max expression depth')) return 'it is nested deeper than 50 levels';
  return message.charAt(0).toLowerCase() + message.slice(1);
}
