// Requests to the daemon. When it asks for an API key, the page does, and the key lives as long as
// the tab.
import { signal } from "@preact/signals";
import { learnServerTime } from "../state/clock.ts";

const storedAt = "transcribed.key";

export const apiKey = signal<string | null>(readKey());
// The last answer was that a key is needed, or that this one is wrong.
export const signInNeeded = signal(false);

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer at all
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

function readKey(): string | null {
  try {
    return sessionStorage.getItem(storedAt);
  } catch {
    return null; // no storage here (private mode): asked for again after a reload
  }
}

export function rememberKey(key: string | null): void {
  apiKey.value = key;
  try {
    if (key === null) sessionStorage.removeItem(storedAt);
    else sessionStorage.setItem(storedAt, key);
  } catch {
    // see readKey()
  }
}

export function authorization(): Record<string, string> {
  return apiKey.value === null ? {} : { Authorization: `Bearer ${apiKey.value}` };
}

// The daemon's own sentence, where it gave one.
export async function errorOf(response: Response): Promise<ApiError> {
  return errorFrom(response.status, await response.text().catch(() => ""));
}

export function errorFrom(status: number, body: string): ApiError {
  if (status === 401) signInNeeded.value = true;
  try {
    const { error } = JSON.parse(body) as { error: { code: string; message: string } };
    return new ApiError(status, error.code, error.message);
  } catch {
    return new ApiError(status, "unknown", `The server answered ${status}.`);
  }
}

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      headers: { ...authorization(), ...(init.headers as Record<string, string> | undefined) },
    });
  } catch (failure) {
    if (init.signal?.aborted) throw failure;
    throw new ApiError(0, "unreachable", "The server does not answer.");
  }
  learnServerTime(response.headers.get("date"));
  if (!response.ok) throw await errorOf(response);
  return response;
}

export async function getJson<T>(path: string, abort?: AbortSignal): Promise<T> {
  const response = await request(path, abort ? { signal: abort } : {});
  return (await response.json()) as T;
}

export async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  const response = await request(path, init);
  return (await response.json()) as T;
}

export function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
