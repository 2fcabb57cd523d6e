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

/** Three from its sources, so that what is not used stays out; its shaders lose comments and blanks, as in its own build. */
function leanShaders(): Plugin {
  return {
    name: "lean-shaders",
    transform(code, id) {
      if (!/three\/src\/renderers\/shaders\/.*\.glsl\.js$/.test(id)) return null;
      const lean = code.replace(/`[^`]*`/g, (glsl) =>
        glsl
          .replace(/\/\*[\s\S]*?\*\//g, "")
          .replace(/\/\/.*$/gm, "")
          .replace(/[ \t]*\n[ \t\n]*/g, "\n"),
      );
      return { code: lean, map: null };
    },
  };
}

/** Three's BatchedMesh, which three-mesh-bvh only asks whether something is one. */
function withoutBatchedMesh(): Plugin {
  return {
    name: "without-batched-mesh",
    load: (id) => (/three\/src\/objects\/BatchedMesh\.js$/.test(id) ? "export class BatchedMesh {}" : null),
  };
}

export default defineConfig({
  base: "/",
  plugins: [messages(), leanShaders(), withoutBatchedMesh()],
  resolve: { alias: [{ find: /^three$/, replacement: "three/src/Three.js" }] },
  build: {
    outDir: "../citiverse/web",
    emptyOutDir: true,
    assetsDir: "assets",
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
  },
  server: { proxy: { "/api": { target: SERVER, ws: true } } },
  test: { include: ["tests/**/*.test.{ts,tsx}"], environment: "node" },
});
