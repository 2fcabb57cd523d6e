/** The streets around with what drives on them, for the picture that moves. */
import { fetchFeatures, fetchLayerData } from "../wire/http";
import type { ImpactLayer, LonLat } from "../wire/types";
import { bare } from "./facts";
import { linesOf, type Ring } from "./geometry";
import { localOf, sceneId } from "./place";
import { proposal } from "./proposal";
import { featureValues } from "./ramp";

const RADIUS_M = 350;
const MOST = 400;
const LEAST_FLOW = 400;

/** Whether a layer tells what drives along streets. */
export const isFlow = (layer: ImpactLayer | null): layer is ImpactLayer =>
  layer?.on === "feature" && layer.unit === "vehicles/day";

export async function streetsNear(at: LonLat, layer: ImpactLayer) {
  const asked = { near: at, radius_m: RADIUS_M, kind: "road", limit: MOST, proposal: proposal.peek()?.id ?? null };
  const [{ features }, data] = await Promise.all([fetchFeatures(sceneId.peek(), asked), fetchLayerData(layer.href)]);
  const flows = featureValues(data);
  return features.flatMap((each) => {
    const flow = flows.get(each.id) ?? 0;
    const under = bare(each.properties.tunnel) === true;
    const bothWays = bare(each.properties.direction) === "both";
    return flow < LEAST_FLOW || under ? [] : linesOf(each, localOf).map((line: Ring) => ({ line, flow, bothWays }));
  });
}
