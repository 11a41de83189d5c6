/** Sets a property whose name somebody else chose: `__proto__` too becomes one of its own. */
export function setOwn(values: object, name: string, value: unknown): void {
  Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
}
