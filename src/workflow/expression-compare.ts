import { data } from '@actions/expressions';
import { TokenType } from '@actions/expressions/lexer';
import { equals, greaterThan } from '@actions/expressions/result';
import type { Value } from './expression-values.ts';

/** Is it so, by an operator of expressions? */
export function compare(a: Value, operator: TokenType, b: Value): boolean {
  switch (operator) {
    case TokenType.EQUAL_EQUAL:
      return isEqual(a, b);
    case TokenType.BANG_EQUAL:
      return !isEqual(a, b);
    case TokenType.GREATER:
      return isGreater(a, b);
    case TokenType.GREATER_EQUAL:
      return isEqual(a, b) || isGreater(a, b);
    case TokenType.LESS:
      return isGreater(b, a);
    default:
      return isEqual(a, b) || isGreater(b, a);
  }
}

/** `==` of expressions; the package takes 'ß' for 'SS'. */
export function isEqual(a: Value, b: Value): boolean {
  if (!(a instanceof data.StringData && b instanceof data.StringData)) return equals(a, b);
  return a.value === b.value || upperCase(a.value) === upperCase(b.value);
}

function isGreater(a: Value, b: Value): boolean {
  if (!(a instanceof data.StringData && b instanceof data.StringData)) return greaterThan(a, b);
  return upperCase(a.value) > upperCase(b.value);
}

/**
 * Upper case as .NET's `OrdinalIgnoreCase` has it, by which GitHub compares: each letter stays one letter, and none becomes one of
 * ASCII that was none (`ß`, the `i` without a dot, the long `s`).
 */
export function upperCase(text: string): string {
  const upper = text.toUpperCase();
  if (upper.length === text.length && !text.includes('\u0131') && !text.includes('\u017f')) return upper;
  return text.replace(/[\u0080-\u{10ffff}]|[a-z]+/gu, upperLetter);
}

function upperLetter(letter: string): string {
  const upper = letter.toUpperCase();
  return upper.length > letter.length || (letter >= '\u0080' && upper < '\u0080') ? letter : upper;
}
