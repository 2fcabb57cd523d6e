/** Requests to the server; a refusal becomes a Refused with the server's sentence. */
import type {
  Feature,
  FeatureCollection,
  Impacts,
  LonLat,
  Manifest,
  Problem,
  ProposalRecord,
  SceneSummary,
} from "./types";

export class Refused extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "Refused";
    this.status = status;
    this.problem = problem;
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return { status: response.status, title: response.statusText };
  }
}

let credentials: { readonly token?: string | undefined; readonly key?: string | undefined } = {};

/** Who one is here, and the word of the link by which one came; every later request says so. */
export function identify(part: typeof credentials): void {
  credentials = { ...credentials, ...part };
}

export function saying(): Record<string, string> {
  const { token, key } = credentials;
  return { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(key ? { "Citiverse-Key": key } : {}) };
}

export async function send<T>(
  method: "GET" | "POST" | "PATCH",
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const init: RequestInit = { method, headers: { Accept: "application/json", ...saying(), ...headers } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  }
  const response = await fetch(path, init);
  if (!response.ok) throw new Refused(response.status, await problemOf(response));
  return (await response.json()) as T;
}

export const part = encodeURIComponent;

export function query(values: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

export const fetchScenes = () =>
  send<{ readonly scenes: readonly SceneSummary[]; readonly secure_port: number | null }>("GET", "/api/scenes");

export const fetchManifest = (scene: string) => send<Manifest>("GET", `/api/scenes/${part(scene)}`);

export const tilesetUrl = (scene: string, proposal?: string | null) =>
  `/api/scenes/${part(scene)}/tileset.json${query({ proposal })}`;

export const tileUrl = (scene: string, key: string, hash: string) =>
  `/api/scenes/${part(scene)}/tiles/${key}.${hash}.glb`;

export const fetchFeature = (scene: string, id: string, proposal?: string | null) =>
  send<Feature>("GET", `/api/scenes/${part(scene)}/features/${part(id)}${query({ proposal })}`);

export interface FeatureQuery {
  readonly near?: LonLat;
  readonly radius_m?: number;
  readonly kind?: string;
  readonly name?: string;
  readonly limit?: number;
  readonly proposal?: string | null;
}

/** @public */
export const fetchFeatures = (scene: string, { near, ...rest }: FeatureQuery) =>
  send<FeatureCollection>("GET", `/api/scenes/${part(scene)}/features${query({ near: near?.join(","), ...rest })}`);

export const createProposal = (scene: string, title: string, words?: string) =>
  send<ProposalRecord>("POST", `/api/scenes/${part(scene)}/proposals`, words ? { title, words } : { title });

export const fetchProposal = (id: string) => send<ProposalRecord>("GET", `/api/proposals/${part(id)}`);

export const fetchImpacts = (id: string) => send<Impacts>("GET", `/api/proposals/${part(id)}/impacts`);

/** What the models find in the city as it is. */
export const fetchBaseline = (scene: string) => send<Impacts>("GET", `/api/scenes/${part(scene)}/impacts`);

export const liveUrl = (id: string, place: Location = location) =>
  `${place.protocol === "https:" ? "wss" : "ws"}://${place.host}/api/proposals/${part(id)}/live`;

/** Path of the script in the page as the server has it now, null where there is none. */
export async function fetchProgramName(): Promise<string | null> {
  const response = await fetch("/", { cache: "no-store" });
  if (!response.ok) return null;
  return /<script[^>]*\ssrc="([^"]+)"/.exec(await response.text())?.[1] ?? null;
}

/** An impact layer's values: JSON by feature id, or the bytes of a grid. */
export async function fetchLayerData(href: string, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(href, signal ? { signal } : {});
  if (!response.ok) throw new Refused(response.status, await problemOf(response));
  const type = response.headers.get("Content-Type") ?? "";
  return type.includes("json") ? response.json() : response.arrayBuffer();
}
