import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const HUB = process.env["FLOWBACK_HUB"] ?? "http://127.0.0.1:7400";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../../hub/static",
    emptyOutDir: true,
    // The hub's policy allows `font-src 'self'`: nothing is inlined as a data URL.
    assetsInlineLimit: 0,
    // No script of Vite's that would have to be allowed; every browser we know preloads modules.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // One chunk for what the first page needs anyway: it packs better than ten small ones.
        codeSplitting: {
          groups: [
            {
              name: "base",
              test: /node_modules|src\/(api|lib|state)\/|src\/text\/(en|index|sentence)|src\/ui\/(Change|Hidden|Icon|Link|Mark|Panel|PlaceName|ReactionBar|Score|States)/,
            },
          ],
        },
      },
    },
    chunkSizeWarningLimit: 260,
  },
  server: { proxy: { "/api": { target: HUB, changeOrigin: true } } },
  test: { css: { include: [/tokens/] }, include: ["test/**/*.test.{ts,tsx}"] },
});
