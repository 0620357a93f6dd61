/** SHA-256 (FIPS 180-4) for pages on an intranet's plain HTTP, where `crypto.subtle` is missing. */

type Words = [number, number, number, number, number, number, number, number];

/** The digest of an ASCII text of at most 55 characters, which is one block. */
export function sha256(text: string): Uint8Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  /** The first 32 fractional bits of a root of each prime. */
  const bits = (power: number) => primes.map((prime) => (prime ** power * 2 ** 32) | 0);
  /** Where the `i`-th byte of a list of words stands, in bits. */
  const shift = (i: number) => 24 - (i % 4) * 8;
  const turn = (x: number, ...by: number[]) =>
    by.reduce((sum, n) => sum ^ (x >>> n) ^ (x << (32 - n)), 0);

  const w = new Int32Array(64);
  const word = (i: number) => w[i] as number;
  for (let i = 0; i < 56; i++) w[i >> 2] = word(i >> 2) | (`${text}\x80`.charCodeAt(i) << shift(i));
  w[15] = text.length * 8;
  const start = bits(1 / 2);
  let s = start.slice(0, 8) as Words;
  bits(1 / 3).forEach((k, i) => {
    const [a, b, c, d, e, f, g, h] = s;
    const [x, y] = [word(i - 15), word(i - 2)];
    if (i > 15)
      w[i] =
        word(i - 16) + word(i - 7) + (turn(x, 7, 18) ^ (x >>> 3)) + (turn(y, 17, 19) ^ (y >>> 10));
    const t = h + turn(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + k + word(i);
    const u = turn(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
    s = [(t + u) | 0, a, b, c, (d + t) | 0, e, f, g];
  });
  return new Uint8Array(32).map((_, i) => {
    const at = i >> 2;
    return ((s[at] as number) + (start[at] as number)) >> shift(i);
  });
}
