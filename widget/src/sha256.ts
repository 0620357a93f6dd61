/** SHA-256 (FIPS 180-4) for pages on an intranet's plain HTTP, where `crypto.subtle` is missing. */

type Words = [number, number, number, number, number, number, number, number];

/** The digest of an ASCII text of at most 55 characters, which is one block. */
export function sha256(text: string): ArrayBuffer {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  /** The first 32 fractional bits of a root of each prime. */
  const bits = (power: number) => primes.map((prime) => (prime ** power * 2 ** 32) | 0);
  const start = bits(1 / 2);
  const block = new DataView(new ArrayBuffer(64));
  for (let i = 0; i < text.length; i++) block.setUint8(i, text.charCodeAt(i));
  block.setUint8(text.length, 128);
  block.setUint16(62, text.length * 8);

  const turn = (x: number, ...by: number[]) =>
    by.reduce((sum, n) => sum ^ (x >>> n) ^ (x << (32 - n)), 0);
  const w: number[] = [];
  let s = start.slice(0, 8) as Words;
  bits(1 / 3).forEach((k, i) => {
    const [a, b, c, d, e, f, g, h] = s;
    const back = (by: number) => w[i - by] as number;
    w[i] =
      i < 16
        ? block.getInt32(i * 4)
        : (back(16) +
            back(7) +
            (turn(back(15), 7, 18) ^ (back(15) >>> 3)) +
            (turn(back(2), 17, 19) ^ (back(2) >>> 10))) |
          0;
    const t = h + turn(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + k + back(0);
    const u = turn(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
    s = [(t + u) | 0, a, b, c, (d + t) | 0, e, f, g];
  });
  s.forEach((word, i) => void block.setInt32(i * 4, word + (start[i] as number)));
  return block.buffer.slice(0, 32);
}
