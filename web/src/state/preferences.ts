// What somebody chose once and means the next time, too. In this browser.
import { effect, signal } from "@preact/signals";

export const formats = [
  { name: "txt", label: "Text (.txt)", extension: "txt" },
  { name: "srt", label: "Subtitles (.srt)", extension: "srt" },
  { name: "vtt", label: "Web subtitles (.vtt)", extension: "vtt" },
  { name: "tsv", label: "Table (.tsv)", extension: "tsv" },
  { name: "lrc", label: "Lyrics (.lrc)", extension: "lrc" },
  { name: "json", label: "JSON (.json)", extension: "json" },
  { name: "verbose_json", label: "JSON, as OpenAI (.verbose.json)", extension: "verbose.json" },
] as const;

export type FormatName = (typeof formats)[number]["name"];
export type Theme = "auto" | "light" | "dark";

function kept<T extends string>(name: string, otherwise: T) {
  const key = `transcribed.${name}`;
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(key);
  } catch {
    // No storage here: the choice lasts as long as the page.
  }
  const choice = signal<T>((stored as T | null) ?? otherwise);
  effect(() => {
    try {
      localStorage.setItem(key, choice.value);
    } catch {
      // as above
    }
  });
  return choice;
}

export const format = kept<FormatName>("format", "srt");
if (!formats.some((one) => one.name === format.value)) format.value = "srt";
export const model = kept<string>("model", ""); // empty: the daemon's default
export const language = kept<string>("language", ""); // empty: heard from the recording
export const theme = kept<Theme>("theme", "auto");

export function extensionOf(name: FormatName): string {
  return formats.find((one) => one.name === name)?.extension ?? name;
}
