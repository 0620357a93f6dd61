/** One request to the edge: gzip where it pays, and what an answer means for what was sent. */

/** What became of a request: an answer, or whether and when (ms) to try again. */
export interface Outcome<T> {
  answer?: T | null;
  keep?: boolean;
  wait?: number;
}

/** Most bytes of a body: what `keepalive` allows (Fetch, 64 KiB), less a reserve. */
export const LARGEST = 60_000;
const PAYS = 1_024;

async function pack(text: string): Promise<Blob> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  // The edge knows gzip by its first bytes; as text/plain no browser asks beforehand.
  return new Blob([await new Response(stream).arrayBuffer()], { type: "text/plain" });
}

/** Sends and waits for the answer. Never rejects. `last`: the page may be going. */
export async function request<T>(
  method: string,
  url: string,
  body?: string,
  options: RequestInit = {},
  last = false,
): Promise<Outcome<T>> {
  try {
    const zips = body && body.length > PAYS && !last && window.CompressionStream;
    const packed = zips ? await pack(body).catch(() => body) : body;
    // Engines whose requests end with their page (Firefox before 133).
    if (last && body && !("keepalive" in Request.prototype)) navigator.sendBeacon(url, body);
    const response = await fetch(url, {
      method,
      body: packed,
      // Outlives the page.
      keepalive: true,
      credentials: "omit",
      referrerPolicy: "strict-origin",
      ...options,
    });
    const { ok, status } = response;
    return ok
      ? { answer: await response.json().catch(() => null) }
      : {
          // What may pass by itself is kept; what would be refused again is not.
          keep: status > 499 || status === 429 || status === 408,
          wait: Number(response.headers.get("Retry-After")) * 1_000 || 0,
        };
  } catch {
    return { keep: true };
  }
}
