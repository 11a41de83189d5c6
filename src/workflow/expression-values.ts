import { data } from '@actions/expressions';
import type { ExpressionData } from '@actions/expressions/data/expressiondata';
import type { Json } from '../model/workflow.ts';

/** What an expression works with; the package does not export its own name for it. */
export type Value = ExpressionData;

/** A context as it comes in: JSON, or an object whose properties are. Properties may be getters: they are read when used. */
export type ContextValue = Json | object | undefined;

const NULL = new data.Null();

/**
 * Shows JSON to the evaluator without copying it: a property is converted when an expression reads it, so a large
 * payload costs nothing where nobody asks for it. One for each evaluation, so that the same object is the same value
 * (`github.event == github.event`), and changes between two evaluations are seen.
 */
export class Converter {
  readonly #seen = new WeakMap<object, Value>();

  toValue(json: ContextValue): Value {
    switch (typeof json) {
      case 'string':
        return new data.StringData(json);
      case 'number':
        return new NumberValue(json);
      case 'boolean':
        return new data.BooleanData(json);
      case 'object':
        return json === null ? NULL : this.#toCollection(json);
      default:
        return NULL;
    }
  }

  #toCollection(json: object): Value {
    const seen = this.#seen.get(json);
    if (seen !== undefined) return seen;
    const value = Array.isArray(json) ? new ArrayValue(json, this) : new ObjectValue(json, this);
    this.#seen.set(json, value);
    return value;
  }
}

/** The JSON behind a value; nothing is copied but the result of a filter (`.*`). */
export function toJson(value: Value): Json {
  if (value instanceof ObjectValue || value instanceof ArrayValue) return value.json as Json;
  if (value instanceof data.Array) return value.values().map(toJson);
  if (value instanceof data.Dictionary) {
    return Object.fromEntries(value.pairs().map((pair) => [pair.key, toJson(pair.value)]));
  }
  return value instanceof data.Null ? null : value.value;
}

/** The value as GitHub puts it into a text: null is '', lists are `Array`, mappings `Object`. */
export function toText(value: Value): string {
  return value instanceof data.NumberData ? numberText(value.value) : value.coerceString();
}

/** The same of JSON. */
export function jsonText(json: Json): string {
  if (json === null) return '';
  if (typeof json === 'object') return Array.isArray(json) ? 'Array' : 'Object';
  return typeof json === 'number' ? numberText(json) : String(json);
}

/** Is it what `if` takes for true? False are null, false, 0, NaN and ''. */
export function isTruthy(json: Json): boolean {
  return Boolean(json);
}

/** What a value is, for messages: `a list`, `the text 'x'`. */
export function kindOf(json: Json): string {
  if (json === null) return 'nothing';
  if (Array.isArray(json)) return 'a list';
  if (typeof json === 'object') return 'a mapping';
  if (typeof json === 'string') return json === '' ? 'an empty text' : `the text '${json.slice(0, 60)}'`;
  return String(json);
}

/** As .NET's `G15` prints it, because GitHub does: at most 15 digits, `1E+15` and `1E-05` beyond. */
export function numberText(number: number): string {
  if (!Number.isFinite(number)) return String(number);
  if (number === 0) return '0';
  const [mantissa = '', exponentText = ''] = number.toExponential(14).split('e');
  const exponent = Number(exponentText);
  if (exponent > -5 && exponent < 15) return String(Number(number.toPrecision(15)));
  const sign = exponent < 0 ? '-' : '+';
  return `${mantissa.replace(/\.?0+$/, '')}E${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

class NumberValue extends data.NumberData {
  override coerceString(): string {
    return numberText(this.value);
  }
}

/** The package's own Dictionary takes names of `Object.prototype` (`constructor`) for known ones, and copies. */
class ObjectValue extends data.Dictionary {
  readonly json: object;
  readonly #converter: Converter;

  constructor(json: object, converter: Converter) {
    super();
    this.json = json;
    this.#converter = converter;
  }

  /** The property of exactly this name, or else of this name in other case. */
  override get(name: string): Value | undefined {
    const key = Object.hasOwn(this.json, name) ? name : this.#keyLike(name.toLowerCase());
    return key === undefined ? undefined : this.#read(key);
  }

  override values(): Value[] {
    return Object.keys(this.json).map((key) => this.#read(key));
  }

  override pairs(): { key: string; value: Value }[] {
    return Object.keys(this.json).map((key) => ({ key, value: this.#read(key) }));
  }

  #keyLike(lowerCase: string): string | undefined {
    return Object.keys(this.json).find((key) => key.toLowerCase() === lowerCase);
  }

  #read(key: string): Value {
    return this.#converter.toValue((this.json as { readonly [key: string]: ContextValue })[key]);
  }
}

class ArrayValue extends data.Array {
  readonly json: readonly ContextValue[];
  readonly #converter: Converter;
  #values: Value[] | undefined;

  constructor(json: readonly ContextValue[], converter: Converter) {
    super();
    this.json = json;
    this.#converter = converter;
  }

  override get(index: number): Value {
    return this.values()[index] ?? NULL;
  }

  override values(): Value[] {
    this.#values ??= this.json.map((item) => this.#converter.toValue(item));
    return this.#values;
  }
}

/** All contexts as the evaluator asks for them: one that is not there is null. */
export class ContextsValue extends ObjectValue {
  override get(name: string): Value {
    return super.get(name) ?? NULL;
  }
}
