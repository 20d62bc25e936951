// Drawn here, so that nothing is fetched. Decoration: the button or the word beside it says it.
import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      {children}
    </svg>
  );
}

export const Check = () => <Icon><path d="M3.5 8.5l3 3 6-7" /></Icon>;
export const Cross = () => <Icon><path d="M4 4l8 8M12 4l-8 8" /></Icon>;
export const Clock = () => <Icon><circle cx="8" cy="8" r="5.5" /><path d="M8 5v3.2l2 1.3" /></Icon>;
export const Play = () => <Icon><path d="M5.5 3.8v8.4l6.5-4.2z" /></Icon>;
export const Warning = () => <Icon><path d="M8 2.8l5.8 10.4H2.2z" /><path d="M8 6.8v2.9M8 11.5v.1" /></Icon>;
export const Stop = () => <Icon><circle cx="8" cy="8" r="5.5" /><path d="M5.6 10.4l4.8-4.8" /></Icon>;
export const Retry = () => <Icon><path d="M12.8 8a4.8 4.8 0 1 1-1.6-3.6" /><path d="M12.9 2.6v2.7h-2.7" /></Icon>;
export const Front = () => <Icon><path d="M3.5 3h9M8 13V6M5 8.8L8 5.9l3 2.9" /></Icon>;
export const Trash = () => <Icon><path d="M3 4.5h10M6.3 4.3V3h3.4v1.3M4.4 4.7l.6 8.3h6l.6-8.3" /></Icon>;
export const Download = () => <Icon><path d="M8 3v7M5 7.4l3 2.9 3-2.9M3.5 13h9" /></Icon>;
export const Add = () => <Icon><path d="M8 3.5v9M3.5 8h9" /></Icon>;
export const Search = () => <Icon><circle cx="7" cy="7" r="4.2" /><path d="M10.2 10.2l3 3" /></Icon>;
export const Back = () => <Icon><path d="M9.5 3.5L5 8l4.5 4.5" /></Icon>;
export const Up = () => <Icon><path d="M4 10l4-4 4 4" /></Icon>;
export const Down = () => <Icon><path d="M4 6l4 4 4-4" /></Icon>;
export const Undo = () => <Icon><path d="M6 3.5L3 6.4l3 2.9" /><path d="M3.3 6.4h6a3.4 3.4 0 0 1 0 6.8H6" /></Icon>;
export const Redo = () => <Icon><path d="M10 3.5l3 2.9-3 2.9" /><path d="M12.7 6.4h-6a3.4 3.4 0 0 0 0 6.8H10" /></Icon>;
export const Edit = () => <Icon><path d="M3 13l.6-2.8 7-7 2.2 2.2-7 7z" /></Icon>;
export const Theme = () => <Icon><circle cx="8" cy="8" r="5.5" /><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" /></Icon>;
export const Help = () => <Icon><circle cx="8" cy="8" r="5.5" /><path d="M6.4 6.5a1.6 1.6 0 1 1 2.3 1.5c-.5.3-.7.6-.7 1.1M8 11.1v.1" /></Icon>;
