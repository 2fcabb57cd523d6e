import { parse } from "@formatjs/icu-messageformat-parser";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const SERVER = process.env.CITIVERSE_SERVER ?? "http://127.0.0.1:8000";

/** Words that the first picture does without: they come with the first panel or tool that is opened. */
const LATER =
  /^(field|value|property|hint|way|lanes?|place|area|line|measure|texts|draft|merge|talk|event|cost|decide|share|part|state|model|impacts?|verdict|history|help|settings|import|compare|headset|move|why|who|plan)\.(?!open$|refused)|^verb\..*\.help$/;

/** Reads the ICU messages of src/locales while building, so that the client need not carry the parser. */
function messages(): Plugin {
  return {
    name: "messages",
    enforce: "pre",
    transform(code, id) {
      const [, when] = /\/src\/locales\/[a-z-]+\.json\?(first|later)$/.exec(id) ?? [];
      if (!when) return null;
      const read = Object.entries(JSON.parse(code) as Record<string, string>)
        .filter(([key]) => LATER.test(key) === (when === "later"))
        .map(([key, text]) => [key, /[{}']/.test(text) ? parse(text, { captureLocation: false }) : text]);
      return { code: `export default ${JSON.stringify(Object.fromEntries(read))}`, moduleType: "js", map: null };
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

const EMPTY = /three\/src\/(animation\/(?:AnimationClip|tracks\/\w+)|extras\/PMREMGenerator)\.js$/;
const NAMES = /three\/src\/animation\/PropertyBinding\.js$/;

/** Parts of three that others name and the city never runs: tiles do not move, and nothing mirrors its surroundings. */
function withoutUnused(): Plugin {
  return {
    name: "without-unused",
    transform(code, id) {
      const [path, found] = EMPTY.exec(id) ?? [];
      const name = found?.split("/").at(-1);
      if (path) return { code: `export class ${name} { dispose() {} }`, map: null };
      if (!NAMES.test(id)) return null;
      // Names of nodes are made fit for use by it.
      const [, reserved] = /_RESERVED_CHARS_RE = ('.*');/.exec(code) ?? [];
      if (!reserved) throw new Error("PropertyBinding of three is not as it was.");
      return {
        code: `const reserved = new RegExp("[" + ${reserved} + "]", "g");
          export class PropertyBinding {
            static sanitizeNodeName(name) { return name.replace(/\\s/g, "_").replace(reserved, ""); }
          }`,
        map: null,
      };
    },
  };
}

export default defineConfig({
  base: "/",
  plugins: [messages(), leanShaders(), withoutUnused()],
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
