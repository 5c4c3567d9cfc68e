import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = process.env.MAGTRACE_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/app/",
  plugins: [react()],
  build: {
    outDir: "dist",
    // Under the strict content security policy a data: font or script would not load, and files are cached better.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    // The server compares Origin with its own address, so the proxy must not change the Host header.
    proxy: { "/api": { target: api, changeOrigin: false }, "/health": { target: api, changeOrigin: false } },
  },
});
