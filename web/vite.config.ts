import { defineConfig } from "vite";

// `npm run dev` talks to a daemon that runs here; TRANSCRIBED_SERVER names another one.
const daemon = process.env.TRANSCRIBED_SERVER ?? "http://127.0.0.1:8585";
// The daemon answers pages of its own origin only.
const toDaemon = { target: daemon, changeOrigin: true, headers: { Origin: daemon } };

export default defineConfig({
  server: { proxy: { "/api": toDaemon, "/audio": toDaemon, "/readyz": toDaemon } },
  build: {
    outDir: "dist",
    target: "es2022",
    // The Content-Security-Policy allows nothing inline, data: scripts included.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
