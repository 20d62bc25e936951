import { useSignal } from "@preact/signals";
import { getJson, messageOf, rememberKey, signInNeeded } from "../api/client.ts";
import { tryAgain } from "../state/store.ts";

// Covers everything else while the daemon asks for an API key.
export function SignIn() {
  const problem = useSignal("");
  const busy = useSignal(false);
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const key = new FormData(event.currentTarget as HTMLFormElement).get("key");
    busy.value = true;
    rememberKey(String(key).trim());
    try {
      await getJson("/api/resources");
      signInNeeded.value = false;
      tryAgain();
    } catch (failure) {
      rememberKey(null);
      problem.value = messageOf(failure);
    } finally {
      busy.value = false;
    }
  }
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <h1>transcribed</h1>
        <label for="key">API key</label>
        <input id="key" name="key" type="password" autocomplete="current-password" required autofocus aria-describedby="key-help" />
        <p id="key-help" class="muted">
          This server asks for a key. Whoever runs it makes one with <code>transcribed keys add NAME</code>, or has set{" "}
          <code>server.api_key</code>. It is kept until this tab is closed.
        </p>
        {problem.value && <p class="problem" role="alert">{problem.value}</p>}
        <button type="submit" class="primary" disabled={busy.value}>Sign in</button>
      </form>
    </main>
  );
}
