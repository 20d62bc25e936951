// What a recording is transcribed with, and what its transcript is saved as.
import { languageName } from "../format.ts";
import { type FormatName, format, formats, language, model } from "../state/preferences.ts";
import { models } from "../state/store.ts";

// Those that Whisper knows best first; the others by name.
const common = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "tr", "ar", "hi", "zh", "ja", "ko"];
const others = ["af", "bg", "bn", "bs", "ca", "cs", "cy", "da", "el", "et", "fa", "fi", "gl", "he", "hr", "hu", "hy", "id", "is", "ka", "kk", "la", "lt", "lv", "mk", "ml", "mr", "ms", "nb", "ne", "pa", "ro", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "ur", "vi"];

export function FormatChoice({ label }: { label: string }) {
  return (
    <select aria-label={label} value={format.value} onChange={(event) => {
      format.value = event.currentTarget.value as FormatName;
    }}>
      {formats.map((one) => <option key={one.name} value={one.name}>{one.label}</option>)}
    </select>
  );
}

export function ModelChoice() {
  const known = models.value;
  const standard = known.find((one) => one.default);
  const chosen = known.some((one) => one.name === model.value && one.available) ? model.value : "";
  const unavailable = known.find((one) => one.default && !one.available);
  return (
    <>
      <select id="model" value={chosen} aria-describedby={unavailable ? "model-problem" : undefined} onChange={(event) => {
        model.value = event.currentTarget.value;
      }}>
        <option value="">{standard ? `${standard.name} (default)` : "The server's default"}</option>
        {known.filter((one) => !one.default).map((one) => (
          <option key={one.name} value={one.name} disabled={!one.available}>{one.available ? one.name : `${one.name} (not there)`}</option>
        ))}
      </select>
      {unavailable && chosen === "" && <p id="model-problem" class="problem">{unavailable.message}</p>}
    </>
  );
}

export function LanguageChoice() {
  const byName = [...others].sort((a, b) => languageName(a).localeCompare(languageName(b)));
  const option = (code: string) => <option key={code} value={code}>{languageName(code)}</option>;
  return (
    <select id="language" value={language.value} onChange={(event) => {
      language.value = event.currentTarget.value;
    }}>
      <option value="">Hear which it is</option>
      <optgroup label="Often spoken">{common.map(option)}</optgroup>
      <optgroup label="More">{byName.map(option)}</optgroup>
    </select>
  );
}
