/** Bringing a city: files go up one by one, then the server makes a scene of them. */
import { part, problemOf, Refused } from "./http";

export interface ImportFile {
  readonly file: string;
  readonly bytes: number;
  readonly format: string;
  readonly as?: string | null;
}

/** What became of the objects of one kind. */
export interface KindTally {
  readonly read: number;
  readonly built: number;
  readonly repaired: number;
  readonly skipped: number;
}

export interface ImportReport {
  readonly scene: string;
  readonly kinds: Readonly<Record<string, KindTally>>;
  readonly reasons: readonly {
    readonly kind: string;
    readonly outcome: string;
    readonly reason: string;
    readonly count: number;
    readonly ids: readonly string[];
  }[];
  readonly models?: Readonly<Record<string, { readonly ready: boolean; readonly missing: readonly string[] }>>;
  readonly advice?: readonly unknown[];
}

export interface ImportState {
  readonly id: string;
  readonly name: string;
  readonly status: "waiting" | "running" | "done" | "failed";
  readonly step?: string;
  readonly share?: number;
  readonly most_bytes?: number;
  readonly files: readonly ImportFile[];
  readonly detail?: string;
  readonly scene?: string;
  readonly report?: ImportReport;
}

export interface Wishes {
  readonly crs?: string;
}

/** The key of whom the server lets import from afar; "" on its own machine. */
async function ask<T>(method: string, path: string, key: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(`/api/imports${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Refused(response.status, await problemOf(response));
  return (response.status === 204 ? null : await response.json()) as T;
}

export const beginImport = (name: string, key: string) => ask<ImportState>("POST", "", key, { name });
export const startImport = (id: string, wishes: Wishes, key: string) =>
  ask<ImportState>("POST", `/${part(id)}/start`, key, wishes);
export const fetchImport = (id: string, key: string) => ask<ImportState>("GET", `/${part(id)}`, key);
export const dropImport = (id: string, key: string) => ask<unknown>("DELETE", `/${part(id)}`, key);
export const reportAddress = (id: string) => `/api/imports/${part(id)}/report`;

/** Send a file; `onShare` is told how much has gone up. fetch cannot tell that, so an older request does it. */
export function sendFile(id: string, file: File, key: string, onShare: (share: number) => void): Promise<ImportFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/imports/${part(id)}/files/${part(file.name)}`);
    if (key) request.setRequestHeader("Authorization", `Bearer ${key}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onShare(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 300) resolve(request.response as ImportFile);
      else reject(new Refused(request.status, request.response ?? { status: request.status }));
    };
    request.onerror = () => reject(new Error(""));
    request.send(file);
  });
}
