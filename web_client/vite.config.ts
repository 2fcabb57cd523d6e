import { parse } from "@formatjs/icu-messageformat-parser";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const SERVER = process.env.CITIVERSE_SERVER ?? "http://127.0.0.1:8000";

/** Reads the ICU messages of src/locales while building, so that the client need not carry the parser. */
function messages(): Plugin {
  return {
    name: "messages",
    enforce: "pre",
    transform(code, id) {
      if (!/\/src\/locales\/[a-z-]+\.json$/.test(id)) return null;
      const read = Object.entries(JSON.parse(code) as Record<string, string>).map(([key, text]) => [
        key,
        /[{}']/.test(text) ? parse(text, { captureLocation: false }) : text,
      ]);
      return { code: JSON.stringify(Object.fromEntries(read)), map: null };
    },
  };
}

export default defineConfig({
  base: "/",
  plugins: [messages()],
  resolve: { alias: { "@formatjs/icu-messageformat-parser": "@formatjs/icu-messageformat-parser/no-parser.js" } },
  build: {
    outDir: "../citiverse/web",
    emptyOutDir: true,
    assetsDir: "assets",
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        advancedChunks: {
          groups: [
            { name: "three", test: /node_modules\/three\// },
            { name: "tiles", test: /node_modules\/(3d-tiles-renderer|three-mesh-bvh)\// },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: SERVER, ws: true } } },
  test: { include: ["tests/**/*.test.{ts,tsx}"], environment: "node" },
});
