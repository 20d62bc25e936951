// The browser's own modal dialog: it keeps the focus, gives it back, and Escape closes it.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  title: string;
  children: ComponentChildren;
  onClose(): void;
}

export function Dialog({ title, children, onClose }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const gone = useRef(false);
  // Closed before it is taken out of the page: only then does the browser give the focus back. Before
  // anything is shown, so that no key is lost.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      gone.current = true;
      dialog?.close();
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby="dialog-title"
      onClose={() => gone.current || onClose()}
      // A click on what lies behind it closes it, too.
      onClick={(event) => event.target === element.current && element.current?.close()}
    >
      <div class="dialog-body">
        <h2 id="dialog-title">{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  action: string; // what the button says
  answer(yes: boolean): void;
}

const question = signal<Question | null>(null);

export function confirm(title: string, text: string, action: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = { title, text, action, answer: resolve };
  });
}

export function ConfirmDialog() {
  const asked = question.value;
  if (!asked) return null;
  const answer = (yes: boolean) => {
    question.value = null;
    asked.answer(yes);
  };
  return (
    <Dialog title={asked.title} onClose={() => answer(false)}>
      <p>{asked.text}</p>
      <div class="dialog-buttons">
        <button type="button" onClick={() => answer(false)}>Keep</button>
        <button type="button" class="danger" autofocus onClick={() => answer(true)}>{asked.action}</button>
      </div>
    </Dialog>
  );
}
