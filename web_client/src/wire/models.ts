/** Models that people bring to be placed in the city. */
import { problemOf, Refused, saying } from "./http";

export interface BroughtModel {
  readonly id: string;
  readonly title?: string;
  readonly notes?: readonly string[];
}

export async function sendModel(file: File): Promise<BroughtModel> {
  const response = await fetch(`/api/models?title=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/octet-stream", ...saying() },
    body: file,
  });
  if (!response.ok) throw new Refused(response.status, await problemOf(response));
  return (await response.json()) as BroughtModel;
}
