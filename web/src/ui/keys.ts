// Whether a key that is pressed belongs to what has the focus, rather than to the page.
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return target.matches("input:not([type=checkbox]), textarea, select") || target.closest("dialog[open]") !== null;
}

// Ctrl Z, Ctrl Shift Z, and Ctrl Y, which is redo to many; null: none of them.
export function stepOf(event: KeyboardEvent): "undo" | "redo" | null {
  if (!event.ctrlKey && !event.metaKey) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : null;
}
