const PAGE_BYTES = 64 * 1024;

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/**
 * Lets WebAssembly in this thread have no more memory than that: it asks for more by this one function, and takes an
 * error for "no". To be called before anything is loaded.
 */
export function boundMemory(bytes: number): void {
  const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: WasmMemory } } })
    .WebAssembly;
  const { grow } = Memory.prototype;
  Memory.prototype.grow = function (this: WasmMemory, pages: number): number {
    const wanted = this.buffer.byteLength + pages * PAGE_BYTES;
    if (wanted > bytes) throw new RangeError(`${wanted} bytes of memory, at most ${bytes}`);
    return grow.call(this, pages);
  };
}
