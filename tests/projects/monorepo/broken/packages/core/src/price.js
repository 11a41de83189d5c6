/** @type {(cents: number) => import('./types.ts').Price} */
export function price(cents) {
  return { cents: String(cents), text: `${(cents / 100).toFixed(2)} €` };
}
