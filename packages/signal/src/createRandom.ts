/**
 * Makes a seeded source of uniform numbers in [0, 1), with 32 random bits each.
 *
 * @param seed Any finite number; only its value modulo 2³² counts.
 * @param stream Independent sequence under the same seed, e.g. the number of a tree.
 * @returns A function; its period is 2¹²⁸ − 1. Not for secrets.
 * Cost O(1) a call. Source: Blackman & Vigna, "Scrambled linear pseudorandom number generators" (2021),
 * xoshiro128**; its state is filled from splitmix32 of seed and stream, as they advise.
 */
export function createRandom(seed: number, stream = 0): () => number {
  let mixer = (Math.imul(seed | 0, 0x9e3779b9) ^ Math.imul((stream | 0) + 0x7f4a7c15, 0x85ebca6b)) | 0;
  const nextMixed = (): number => {
    mixer = (mixer + 0x9e3779b9) | 0;
    let z = mixer;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = nextMixed();
  let b = nextMixed();
  let c = nextMixed();
  let d = nextMixed() | 1; // an all-zero state would stay zero for ever

  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return (result >>> 0) / 0x1_0000_0000;
  };
}
