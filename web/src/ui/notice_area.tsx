import { dismiss, notices } from "../state/notices.ts";
import { Cross } from "./icons.tsx";

export function NoticeArea() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((one) => (
        <div key={one.id} class={one.bad ? "notice bad" : "notice"}>
          <span>{one.text}</span>
          <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(one.id)}><Cross /></button>
        </div>
      ))}
    </div>
  );
}
