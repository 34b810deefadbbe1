// Colours and the few styles that all features share.

import Fill from "ol/style/Fill";
import Stroke from "ol/style/Stroke";
import Style from "ol/style/Style";
import Text from "ol/style/Text";
import { NOT_ASSESSED } from "./survey";

export const FONT = '"Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif';
/** From blue to vermilion, in steps of lightness as well, so that they are told apart without red and green. */
const PALETTE: Record<string, string> = { A: "#2b6ca8", B: "#8fc1e0", C: "#f7cf85", D: "#d8572a", [NOT_ASSESSED]: "#c4c4c0" };
const OTHERS = ["#5e4fa2", "#3f9fa8", "#a9cfb0", "#e8d9a0", "#c98a5a", "#8c3b4a"];
const ZONES = ["#7a5195", "#26897c", "#8a7420", "#a3486b", "#4f7d33", "#5b6b7a"];
export const LISTED = "#1a1a1a";
export const SELECTED = "#c4006e";
export const PARK = "#1d6b47";

/** Beyond this many metres a pixel an outline would hide the colour inside it. */
const AFAR = 25;
/** And beyond this, where a parcel is a pixel or two, outlines are thinner still. */
const FAR_AWAY = 60;
/** Names of parks are shown from here on. */
export const PARK_NAMES = 60;

export function gradeColour(grade: string, place: number): string {
  return PALETTE[grade] ?? OTHERS[place % OTHERS.length];
}

export function zoneColour(place: number): string {
  return ZONES[place % ZONES.length];
}

function filled(colour: string, stroke: Stroke, zIndex: number): Style {
  return new Style({ fill: new Fill({ color: colour }), stroke, zIndex });
}

export type ParcelStyles = (grade: number, listed: boolean, resolution: number) => Style[];

/** One set of styles a grade. Each has a z-index of its own, so that the canvas draws a colour in one go. */
export function parcelStyles(grades: string[]): ParcelStyles {
  const thin = new Stroke({ color: "rgba(60,60,60,0.5)", width: 0.6 });
  const strong = new Stroke({ color: LISTED, width: 2.2 });
  const casing = (width: number) => new Style({ stroke: new Stroke({ color: LISTED, width }), zIndex: 50 });
  const [wide, narrow] = [casing(3), casing(2.3)];
  const sets = grades.map((grade, place) => {
    const colour = gradeColour(grade, place);
    const z = grade === NOT_ASSESSED ? 0 : 1 + place;
    const own = (width: number) => new Stroke({ color: colour, width });
    return {
      near: [filled(colour, thin, z)],
      nearListed: [filled(colour, strong, 100 + z)],
      afar: [filled(colour, own(0.9), z)],
      afarListed: [wide, filled(colour, own(0.9), 100 + z)],
      farAwayListed: [narrow, filled(colour, own(0.9), 100 + z)],
    };
  });
  return (grade, listed, resolution) => {
    const set = sets[grade];
    if (resolution > AFAR && !listed) return set.afar;
    if (resolution > AFAR) return resolution > FAR_AWAY ? set.farAwayListed : set.afarListed;
    return listed ? set.nearListed : set.near;
  };
}

export const selectionStyle = [
  new Style({ stroke: new Stroke({ color: "#fff", width: 6.5 }) }),
  new Style({ stroke: new Stroke({ color: SELECTED, width: 3.2 }) }),
];

export const ground = new Style({ fill: new Fill({ color: "#fbfaf7" }), stroke: new Stroke({ color: "#b9b8b2", width: 1 }) });
export const districtBorder = new Style({ stroke: new Stroke({ color: "rgba(95,95,92,0.85)", width: 1 }) });
const parkNear = new Style({ stroke: new Stroke({ color: PARK, width: 1.4, lineDash: [5, 3] }) });
const parkFar = new Style({ stroke: new Stroke({ color: `${PARK}99`, width: 0.9, lineDash: [3, 2] }) });

export function parkOutline(resolution: number): Style {
  return resolution > FAR_AWAY ? parkFar : parkNear;
}


export function layoutStyle(place: number): Style {
  const colour = zoneColour(place);
  return new Style({ fill: new Fill({ color: `${colour}26` }), stroke: new Stroke({ color: `${colour}b0`, width: 1.2, lineDash: [9, 4] }) });
}

export function label(text: string, size: number, colour: string, weight: "normal" | "bold"): Style {
  return new Style({
    text: new Text({
      text,
      font: `${weight} ${size}px ${FONT}`,
      fill: new Fill({ color: colour }),
      stroke: new Stroke({ color: "rgba(255,255,255,0.92)", width: 3.2 }),
      padding: [2, 4, 2, 4],
      overflow: true,
    }),
  });
}
