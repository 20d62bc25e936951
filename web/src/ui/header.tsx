import { useEffect } from "preact/hooks";
import { apiKey, rememberKey } from "../api/client.ts";
import { type Theme, theme } from "../state/preferences.ts";
import { subject } from "../state/route.ts";
import { connection, resources } from "../state/store.ts";
import { count } from "../format.ts";
import { Help, Theme as ThemeIcon } from "./icons.tsx";
import { showHelp } from "./help.tsx";

const nextTheme: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const themeName: Record<Theme, string> = { auto: "as the system", light: "light", dark: "dark" };

function Connection() {
  const lost = connection.value === "lost";
  return (
    <span class={lost ? "connection lost" : "connection"} role="status">
      {lost ? <>Not connected<span class="more">, trying again</span></> : connection.value === "open" ? "Live" : "Connecting"}
    </span>
  );
}

export function Header() {
  const now = resources.value;
  useEffect(() => {
    document.documentElement.style.colorScheme = theme.value === "auto" ? "" : theme.value;
  }, [theme.value]);
  useEffect(() => {
    const counts = now ? `${now.running_jobs} running, ${now.pending_jobs} waiting` : null;
    document.title = [subject.value ?? counts, "transcribed"].filter(Boolean).join(" – ");
  }, [now?.running_jobs, now?.pending_jobs, subject.value]);
  return (
    <header class="top">
      <a class="brand" href="#/" aria-label="transcribed">
        <img src="/favicon.svg" width="22" height="22" alt="" />
        <span>transcribed</span>
      </a>
      {now && (
        <p class="summary">
          <b>{now.running_jobs}</b> running <span aria-hidden="true">·</span> <b>{now.pending_jobs.toLocaleString("en")}</b> waiting
          <span class="sr">, {count(now.gpus.length, "GPU")}</span>
        </p>
      )}
      <div class="top-end">
        <Connection />
        <button type="button" class="quiet" title={`Colours: ${themeName[theme.value]}`} aria-label={`Colours: ${themeName[theme.value]}`} onClick={() => {
          theme.value = nextTheme[theme.value];
        }}><ThemeIcon /></button>
        <button type="button" class="quiet" title="Help (?)" aria-label="Help" onClick={showHelp}><Help /></button>
        {apiKey.value !== null && (
          <button type="button" onClick={() => {
            rememberKey(null);
            location.reload(); // what was shown goes, too
          }}>Sign out</button>
        )}
      </div>
    </header>
  );
}
