/** Whether the server has another version of this page than the one that is open. */
import { signal } from "@preact/signals";
import { fetchProgramName } from "../wire/http";

export const renewed = signal(false);

/** Ask for the page once more; `own` is the program that runs here. Nothing is known while the server is away. */
export async function lookForRenewal(own: string): Promise<void> {
  const served = await fetchProgramName().catch(() => null);
  if (served !== null && served !== own) renewed.value = true;
}
