/** Random ids, and what of a secret may be known. */
import * as parts from "./parts";

/** base64url without padding. */
export const base64url = (bytes: Iterable<number>): string =>
  btoa(String.fromCharCode(...bytes)).replace(/\W/g, (c) => (c > "/" ? "" : c < "/" ? "-" : "_"));

/** `size` random bytes as base64url. */
export const random = (size: number): string =>
  base64url(crypto.getRandomValues(new Uint8Array(size)));

/** SHA-256 of an ASCII text as base64url; empty on a page without TLS, where the core has none. */
export async function digest(text: string): Promise<string> {
  const { subtle } = crypto;
  const bytes = subtle
    ? await subtle.digest("SHA-256", new TextEncoder().encode(text))
    : parts.sha256?.(text) || [];
  return base64url(new Uint8Array(bytes));
}
