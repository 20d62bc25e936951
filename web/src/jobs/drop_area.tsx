// Recordings may be dropped anywhere on the page.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { signInNeeded } from "../api/client.ts";
import { filesOf } from "../state/dropped.ts";
import { tell } from "../state/notices.ts";
import { AddDialog, openWith } from "./add_dialog.tsx";

function bringsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

export function DropArea() {
  const over = useSignal(false);
  useEffect(() => {
    let depth = 0; // each element that is entered also leaves the one before
    const enter = (event: DragEvent) => {
      if (bringsFiles(event) && ++depth === 1) over.value = !signInNeeded.value;
    };
    const leave = (event: DragEvent) => {
      if (bringsFiles(event) && --depth <= 0) {
        depth = 0;
        over.value = false;
      }
    };
    const allow = (event: DragEvent) => {
      if (bringsFiles(event)) event.preventDefault();
    };
    const drop = async (event: DragEvent) => {
      depth = 0;
      over.value = false;
      if (!event.dataTransfer || !bringsFiles(event) || signInNeeded.value) return;
      event.preventDefault();
      try {
        const dropped = await filesOf(event.dataTransfer);
        if (dropped.files.length > 0) openWith(dropped);
        else tell("There is no recording in what was dropped.", true);
      } catch {
        tell("What was dropped cannot be read.", true);
      }
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", allow);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", allow);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return (
    <>
      {over.value && <div class="drop-here" aria-hidden="true"><p>Drop to transcribe</p></div>}
      <AddDialog />
    </>
  );
}
