// Whether a key that is pressed belongs to what has the focus, rather than to the page.
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return target.matches("input:not([type=checkbox]), textarea, select") || target.closest("dialog[open]") !== null;
}
