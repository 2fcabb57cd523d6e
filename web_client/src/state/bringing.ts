/** Bringing one's own city: the files chosen, how far they have gone, and what the server made of them. */
import { signal } from "@preact/signals";
import { Refused } from "../wire/http";
import { beginImport, dropImport, fetchImport, type ImportState, sendFile, startImport } from "../wire/imports";
import { t } from "./words";

export type Bringing =
  | { readonly step: "choosing" }
  | { readonly step: "sending"; readonly file: string; readonly share: number; readonly left: number }
  | { readonly step: "working"; readonly now: ImportState }
  | { readonly step: "done"; readonly now: ImportState };

/** What one fills in; it stays whatever becomes of it. */
export const wishes = signal<{
  readonly name: string;
  readonly crs: string;
  readonly key: string;
  readonly files: readonly File[];
}>({ name: "", crs: "", key: "", files: [] });
export const bringing = signal<Bringing>({ step: "choosing" });
export const importProblem = signal("");
/** Whether the server wants a key from here. */
export const wantsKey = signal(false);

const ASK_EVERY_MS = 600;
let begun = "";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function follow(id: string, key: string): Promise<void> {
  while (begun === id) {
    const now = await fetchImport(id, key);
    if (now.status === "done") {
      bringing.value = { step: "done", now };
      return;
    }
    if (now.status === "failed") throw new Error(now.detail || t("import.failed"));
    bringing.value = { step: "working", now };
    await wait(ASK_EVERY_MS);
  }
}

/** Send the files and let the server make a scene of them; what fails leaves everything that was filled in. */
export async function bringCity(): Promise<void> {
  const { name, crs, key, files } = wishes.peek();
  importProblem.value = "";
  try {
    const { id } = await beginImport(name.trim(), key);
    begun = id;
    for (const [index, file] of files.entries()) {
      const left = files.length - index;
      bringing.value = { step: "sending", file: file.name, share: 0, left };
      await sendFile(id, file, key, (share) => {
        bringing.value = { step: "sending", file: file.name, share, left };
      });
    }
    await startImport(id, crs.trim() ? { crs: crs.trim() } : {}, key);
    await follow(id, key);
  } catch (error) {
    if (error instanceof Refused && error.status === 401) wantsKey.value = true;
    importProblem.value = (error as Error).message || t("import.unreachable");
    bringing.value = { step: "choosing" };
  }
}

/** Stop and forget the files on the server; the form stays as it was filled in. */
export async function stopBringing(): Promise<void> {
  const id = begun;
  begun = "";
  bringing.value = { step: "choosing" };
  if (id) await dropImport(id, wishes.peek().key).catch(() => {});
}
