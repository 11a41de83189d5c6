/** Paints, and moves the focus to the next row if the row that had it has gone. */
export function keepFocus(paint: () => void): void {
  const row = document.activeElement?.closest<HTMLElement>('[data-row]');
  if (row === null || row === undefined) {
    paint();
    return;
  }
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const after = rows.slice(rows.indexOf(row) + 1);
  paint();
  if (row.isConnected) return;
  const next = after.find((one) => one.isConnected) ?? [...document.querySelectorAll<HTMLElement>('[data-row]')].at(-1);
  const target = next?.matches('a') ? next : next?.querySelector<HTMLElement>('a, button');
  target?.focus();
}
