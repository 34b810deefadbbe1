// The layers: coordinates decoded once, a few shared styles.

import Feature from "ol/Feature";
import MultiPolygon from "ol/geom/MultiPolygon";
import Polygon from "ol/geom/Polygon";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import Fill from "ol/style/Fill";
import Stroke from "ol/style/Stroke";
import Style from "ol/style/Style";
import Text from "ol/style/Text";
import type { Survey, Zone } from "./survey";

const EARTH = 6378137;
export const FONT = '"Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif';
/** Blue to vermilion, told apart by people who do not see red or green; T is grey. */
const PALETTE: Record<string, string> = { A: "#2166ac", B: "#92c5de", C: "#f6d8a8", D: "#d6604d", T: "#cfcfcf" };
const OTHERS = ["#2166ac", "#67a9cf", "#d1e5f0", "#fddbc7", "#ef8a62", "#b2182b"];
const ZONES = ["#7b5ea7", "#2a9d8f", "#c98a1b", "#4a7fb5", "#a3486b", "#5d8a3c"];
export const LISTED = "#7a0019";

export function gradeColour(grade: string, index: number): string {
  return PALETTE[grade] ?? OTHERS[index % OTHERS.length];
}

export function zoneColour(index: number): string {
  return ZONES[index % ZONES.length];
}

/** Delta-coded degrees to closed rings of web Mercator, flat, with the end of each ring. */
function decode(rings: number[][], scale: number): { flat: number[]; ends: number[] } {
  const flat: number[] = [];
  const ends: number[] = [];
  for (const ring of rings) {
    let x = 0;
    let y = 0;
    const first = flat.length;
    for (let i = 0; i < ring.length; i += 2) {
      x += ring[i];
      y += ring[i + 1];
      const latitude = ((y / scale) * Math.PI) / 180;
      flat.push((EARTH * (x / scale) * Math.PI) / 180, EARTH * Math.log(Math.tan(Math.PI / 4 + latitude / 2)));
    }
    flat.push(flat[first], flat[first + 1]);
    ends.push(flat.length);
  }
  return { flat, ends };
}

function shape(rings: number[][], parts: 0 | number[], scale: number): Polygon | MultiPolygon {
  const { flat, ends } = decode(rings, scale);
  if (parts === 0) return new Polygon(flat, "XY", ends);
  const endss: number[][] = [];
  let from = 0;
  for (const count of parts) {
    endss.push(ends.slice(from, from + count));
    from += count;
  }
  return new MultiPolygon(flat, "XY", endss);
}

function layer(source: VectorSource, zIndex: number, options: object): VectorLayer {
  return new VectorLayer({ source, zIndex, updateWhileInteracting: false, ...options });
}

export function parcelLayer(survey: Survey, visible: (row: number) => boolean, selected: () => number): VectorLayer {
  const { parcels, grades, scale } = survey;
  const features: Feature[] = [];
  for (let row = 0; row < parcels.count; row++) {
    if (parcels.rings[row].length === 0) continue;
    const feature = new Feature(shape(parcels.rings[row], parcels.parts[row], scale));
    feature.setId(row);
    features.push(feature);
  }
  const plain = grades.map((grade, i) => new Style({ fill: new Fill({ color: gradeColour(grade, i) }), stroke: new Stroke({ color: "rgba(70,70,70,0.45)", width: 0.4 }) }));
  const listed = grades.map((grade, i) => new Style({ fill: new Fill({ color: gradeColour(grade, i) }), stroke: new Stroke({ color: LISTED, width: 1.6 }), zIndex: 1 }));
  const chosen = grades.map((grade, i) => new Style({ fill: new Fill({ color: gradeColour(grade, i) }), stroke: new Stroke({ color: "#000", width: 3.2 }), zIndex: 2 }));
  // Seen from afar an outline would hide the colour inside it.
  const afar = grades.map((grade, i) => new Style({ fill: new Fill({ color: gradeColour(grade, i) }), stroke: new Stroke({ color: LISTED, width: 0.7 }), zIndex: 1 }));
  const style = (feature: { getId(): number | string | undefined }, resolution: number) => {
    const row = feature.getId() as number;
    if (!visible(row)) return undefined;
    return (row === selected() ? chosen : !parcels.listed[row] ? plain : resolution > 25 ? afar : listed)[parcels.grade[row]];
  };
  return layer(new VectorSource({ features }), 3, { style });
}

function zoneSource(zones: Zone[], scale: number): VectorSource {
  // Rings of a zone are drawn by the even-odd rule: one polygon holds them all.
  return new VectorSource({
    features: zones.map((zone, index) => {
      const feature = new Feature(shape(zone.rings, 0, scale));
      feature.set("name", zone.name);
      feature.set("index", index);
      return feature;
    }),
  });
}

function label(text: string, size: number, colour: string, weight = ""): Text {
  return new Text({ text, font: `${weight} ${size}px ${FONT}`, fill: new Fill({ color: colour }), stroke: new Stroke({ color: "rgba(255,255,255,0.9)", width: 3 }), overflow: true });
}

export function districtLayers(survey: Survey): VectorLayer[] {
  const source = zoneSource(survey.districts, survey.scale);
  const ground = new Style({ fill: new Fill({ color: "#faf9f6" }), stroke: new Stroke({ color: "#8b8b86", width: 1.1 }) });
  const border = new Style({ stroke: new Stroke({ color: "rgba(90,90,88,0.75)", width: 1 }) });
  const names = new Map<string, Style>();
  const named = (name: string) => {
    if (!names.has(name)) names.set(name, new Style({ text: label(name, 13, "#3c3c3a") }));
    return names.get(name)!;
  };
  return [
    layer(source, 0, { style: ground }),
    layer(source, 4, { style: (feature: Feature) => [border, named(feature.get("name"))], declutter: true }),
  ];
}

export function layoutLayer(survey: Survey): VectorLayer {
  const styles = survey.layout.map((zone, i) => {
    const colour = zoneColour(i);
    return new Style({ fill: new Fill({ color: colour + "24" }), stroke: new Stroke({ color: colour, width: 1.2, lineDash: [8, 4] }), text: label(zone.name, 14, colour, "bold") });
  });
  return layer(zoneSource(survey.layout, survey.scale), 1, { style: (feature: Feature) => styles[feature.get("index")], declutter: true });
}

export function parkLayer(survey: Survey): VectorLayer {
  const outline = new Style({ fill: new Fill({ color: "rgba(20,90,60,0.05)" }), stroke: new Stroke({ color: "#14603c", width: 1.6, lineDash: [5, 3] }) });
  const named = survey.parks.map((park) => [outline, new Style({ text: label(park.name, 12, "#14603c") })]);
  const close = 60;
  return layer(zoneSource(survey.parks, survey.scale), 5, {
    style: (feature: Feature, resolution: number) => (resolution < close ? named[feature.get("index")] : outline),
    declutter: true,
  });
}
