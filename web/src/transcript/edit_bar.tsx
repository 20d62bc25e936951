import { confirm } from "../ui/dialog.tsx";
import { Edit, Redo, Undo } from "../ui/icons.tsx";
import type { JobPageState } from "./job_page_state.ts";

const words = { saved: "", waiting: "Not saved yet", saving: "Saving…", failed: "" };

export function EditBar({ state }: { state: JobPageState }) {
  if (!state.canEdit.value) return null;
  const { corrections } = state;
  const saveState = corrections.saveState.value;
  const restore = async () => {
    const meant = await confirm("Go back to what was heard?", "All corrections of this transcript are lost.", "Go back");
    if (meant) await state.restore();
  };
  const touched = corrections.undoable.value || corrections.redoable.value;
  return (
    <div class="edit-bar">
      <span class="muted save-state" role="status">{saveState === "saved" && touched ? "Saved" : words[saveState]}</span>
      {saveState === "failed" && (
        <span class="problem" role="alert">
          Not saved: {corrections.saveProblem.value} <button type="button" onClick={() => void corrections.saveNow()}>Save now</button>
        </span>
      )}
      {state.editing.value && (
        <>
          <button type="button" class="quiet" aria-label="Undo" title="Undo (Ctrl Z)" disabled={!corrections.undoable.value} onClick={() => state.undo()}><Undo /></button>
          <button type="button" class="quiet" aria-label="Redo" title="Redo (Ctrl Shift Z)" disabled={!corrections.redoable.value} onClick={() => state.redo()}><Redo /></button>
          {corrections.edited.value && <button type="button" onClick={() => void restore()}>Restore the original</button>}
        </>
      )}
      <button type="button" aria-pressed={state.editing.value} onClick={() => state.setEditing(!state.editing.value)}><Edit />{state.editing.value ? "Done" : "Correct"}</button>
    </div>
  );
}
