/** Random ids, and SHA-256 where `crypto.subtle` is missing: pages on an intranet's plain HTTP. */

/** base64url without padding. */
export const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (c) => ({ "+": "-", "/": "_" })[c] || "");

/** `size` random bytes as base64url. */
export const random = (size: number): string =>
  base64url(crypto.getRandomValues(new Uint8Array(size)));

/** SHA-256 (FIPS 180-4) of an ASCII text of at most 55 characters, which is one block. */
export function sha256(text: string): Uint8Array {
  // Constants are fractional bits of the roots of the first 64 primes.
  const start: number[] = [];
  const k: number[] = [];
  for (let i = 2; k.length < 64; i++) {
    let divisor = 2;
    while (i % divisor) divisor++;
    if (divisor < i) continue;
    start.push((i ** 0.5 * 2 ** 32) | 0);
    k.push((i ** (1 / 3) * 2 ** 32) | 0);
  }
  const w: number[] = Array(16).fill(0);
  const bytes = `${text}\x80`;
  for (let i = 0; i < bytes.length; i++) {
    w[i >> 2] = (w[i >> 2] as number) | (bytes.charCodeAt(i) << (24 - (i % 4) * 8));
  }
  w[15] = text.length * 8;
  const turn = (x: number, ...by: number[]) =>
    by.reduce((sum, n) => sum ^ (x >>> n) ^ (x << (32 - n)), 0);
  let s = start.slice(0, 8);
  for (let i = 0; i < 64; i++) {
    const [a, b, c, d, e, f, g, h] = s as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (i > 15) {
      const x = w[i - 15] as number;
      const y = w[i - 2] as number;
      w[i] =
        ((w[i - 16] as number) +
          (w[i - 7] as number) +
          (turn(x, 7, 18) ^ (x >>> 3)) +
          (turn(y, 17, 19) ^ (y >>> 10))) |
        0;
    }
    const t = h + turn(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + (k[i] as number) + (w[i] as number);
    s = [
      (t + turn(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c))) | 0,
      a,
      b,
      c,
      (d + t) | 0,
      e,
      f,
      g,
    ];
  }
  return new Uint8Array(32).map((_, i) => {
    const word = i >> 2;
    return ((s[word] as number) + (start[word] as number)) >> (24 - (i % 4) * 8);
  });
}
