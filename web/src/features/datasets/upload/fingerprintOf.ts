const SAMPLES = 16;
const SAMPLE_BYTES = 64 * 1024;

/**
 * By which a file is known again when it is chosen after a reload: its length, its date, and a hash of samples from its
 * first byte to its last. Loggers without a clock give all their files one date, and often one length. FNV-1a, because
 * it tells mix-ups, not forgeries, and a page that came over HTTP has no digests.
 */
export async function fingerprintOf(file: File): Promise<string> {
  const last = Math.max(0, file.size - SAMPLE_BYTES);
  let hash = 0x811c9dc5;
  for (let i = 0; i < SAMPLES; i++) {
    const start = Math.floor((last * i) / (SAMPLES - 1));
    const bytes = new Uint8Array(await file.slice(start, start + SAMPLE_BYTES).arrayBuffer());
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return `${file.size}-${file.lastModified}-${(hash >>> 0).toString(16).padStart(8, "0")}`;
}
