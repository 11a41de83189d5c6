/** Takes over what the server has rendered; what somebody typed in it before stays there, and counts. */
export function keepTyped(root: HTMLElement, takeOver: () => void): void {
  const selector = 'input:not([type="checkbox"]), textarea';
  const fields = [...root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(selector)];
  const typed = fields.flatMap((field) => (field.value === field.defaultValue ? [] : [{ field, text: field.value }]));
  takeOver();
  for (const { field, text } of typed) {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
}
