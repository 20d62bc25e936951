import { useLayoutEffect } from "preact/hooks";
import { signInNeeded } from "./api/client.ts";
import { DropArea } from "./jobs/drop_area.tsx";
import { openChooser } from "./jobs/add_dialog.tsx";
import { JobsPanel } from "./jobs/jobs_panel.tsx";
import { UploadTray } from "./jobs/upload_tray.tsx";
import { MachinePanel } from "./machine/machine_panel.tsx";
import { route } from "./state/route.ts";
import { connection, resources } from "./state/store.ts";
import { TranscriptPage } from "./transcript/transcript_page.tsx";
import { ConfirmDialog } from "./ui/dialog.tsx";
import { Header } from "./ui/header.tsx";
import { isTyping } from "./ui/keys.ts";
import { HelpDialog, showHelp } from "./ui/help.tsx";
import { NoticeArea } from "./ui/notice_area.tsx";
import { SignIn } from "./ui/sign_in.tsx";

function onKey(event: KeyboardEvent): void {
  if (signInNeeded.value || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") showHelp();
  else if (event.key === "a") openChooser();
  else return;
  event.preventDefault();
}

function Overview() {
  return (
    <main id="main" class="overview">
      <h1 class="sr">Overview</h1>
      <MachinePanel />
      <JobsPanel />
    </main>
  );
}

function Page() {
  const at = route.value;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => {
        // The address says which page this is.
        event.preventDefault();
        document.querySelector<HTMLElement>("#jobs, #main h1")?.focus();
      }}>Skip to the jobs</a>
      <Header />
      {connection.value === "lost" && (
        <p class="banner" role="alert">The server does not answer. {resources.value && "What you see is how it was. "}The page goes on by itself when it is back.</p>
      )}
      {at.page === "job" ? <TranscriptPage key={at.id} id={at.id} /> : <Overview />}
      <DropArea />
      <UploadTray />
      <ConfirmDialog />
      <HelpDialog />
      <NoticeArea />
    </>
  );
}

// What is dropped where nobody takes it would open in the page's place.
function onStrayDrop(event: DragEvent): void {
  if (signInNeeded.value) event.preventDefault();
}

export function App() {
  // Before anything is shown, so that no key pressed at once is lost.
  useLayoutEffect(() => {
    window.addEventListener("keydown", onKey);
    window.addEventListener("dragover", onStrayDrop);
    window.addEventListener("drop", onStrayDrop);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("dragover", onStrayDrop);
      window.removeEventListener("drop", onStrayDrop);
    };
  }, []);
  // Nobody has been in yet: there is nothing behind it.
  if (signInNeeded.value && !resources.value) return <SignIn />;
  return (
    <>
      {signInNeeded.value && <SignIn />}
      {/* Stays as it is meanwhile, with what is being typed in it. */}
      <div hidden={signInNeeded.value}><Page /></div>
    </>
  );
}
