// A button that unfolds a list; choosing, Escape, or looking elsewhere folds it again.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface MenuProps {
  summary: ComponentChildren;
  children: ComponentChildren; // <li> each
}

export function Menu({ summary, children }: MenuProps) {
  const element = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (element.current) element.current.open = false;
  };
  useEffect(() => {
    const outside = (event: Event) => {
      if (!element.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, []);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !element.current?.open) return;
    close();
    element.current.querySelector("summary")?.focus();
    event.stopPropagation();
  };
  return (
    <details class="menu" ref={element} onKeyDown={onKey}>
      <summary class="button primary">{summary}</summary>
      <ul onClick={close}>{children}</ul>
    </details>
  );
}
