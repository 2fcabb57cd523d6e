import { readdirSync, readFileSync } from "node:fs";
import { parse } from "@formatjs/icu-messageformat-parser";
import { describe, expect, it } from "vitest";

const FOLDER = new URL("../src/locales/", import.meta.url);
const catalogues = readdirSync(FOLDER).map(
  (file) =>
    [file.replace(".json", ""), JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"))] as [
      string,
      Record<string, string>,
    ],
);
const english = catalogues.find(([name]) => name === "en")?.[1] ?? {};

const namesIn = (text: string) =>
  [...text.matchAll(/\{(\w+)/g)]
    .map((found) => found[1])
    .filter((name, at, all) => all.indexOf(name) === at)
    .sort();

describe.each(catalogues)("the sentences in %s", (_language, catalogue) => {
  it("are all there and no more", () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(english).sort());
  });

  it("are valid messages with the same gaps to fill", () => {
    for (const [key, text] of Object.entries(catalogue)) {
      expect(() => parse(text), `${key}: ${text}`).not.toThrow();
      const gaps = (message: string) =>
        namesIn(message.replace(/\{[^{}]*\}(?=\s*(one|other|few|many|two|zero|=|\}))/g, ""));
      expect(gaps(text)[0], key).toEqual(gaps(english[key] ?? "")[0]);
    }
  });

  it("are not empty", () => {
    expect(Object.entries(catalogue).filter(([, text]) => !text.trim())).toEqual([]);
  });
});
