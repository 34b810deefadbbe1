// What stands around the map: the heading, the layer switches, the north arrow and the line of sources.

import { checkbox, el } from "./dom";
import type { ParcelLayer, ZoneLayers } from "./layers";
import { PARK, zoneColour } from "./style";
import type { Survey } from "./survey";
import { areaText, t, type Word } from "./text";

export function heading(survey: Survey): Node[] {
  const title = el("h1", {}, survey.title);
  const parts: Node[] = [title];
  if (survey.city && !survey.title.includes(survey.city)) parts.push(el("span", { class: "city" }, survey.city));
  const banner = (word: Word, more: Word) => el("span", { class: "banner" }, el("b", {}, t(word)), el("span", {}, t(more)));
  if (survey.schematic) parts.push(banner("schematic", "schematicMore"));
  if (survey.illustrative) parts.push(banner("illustrative", "illustrativeMore"));
  return parts;
}

export function northArrow(): HTMLElement {
  const space = "http://www.w3.org/2000/svg";
  const arrow = document.createElementNS(space, "svg");
  arrow.setAttribute("viewBox", "0 0 24 34");
  for (const [points, fill] of [["12,1 22,32 12,25", "#2b2b2a"], ["12,1 2,32 12,25", "#ffffff"]]) {
    const half = document.createElementNS(space, "polygon");
    half.setAttribute("points", points);
    half.setAttribute("fill", fill);
    half.setAttribute("stroke", "#2b2b2a");
    half.setAttribute("stroke-linejoin", "round");
    arrow.append(half);
  }
  return el("div", { class: "north", role: "img", "aria-label": t("north") }, el("span", {}, t("north")), arrow);
}

export function sources(survey: Survey): Node[] {
  const { rulebook } = survey;
  const rules = [`${rulebook.name} (${rulebook.year})`, areaText(rulebook.area), rulebook.source].filter((text) => text !== "");
  const parts = [el("span", {}, el("b", {}, t("rulebook")), " ", rules.join(t("semicolon")))];
  if (survey.source.length > 0) parts.unshift(el("span", {}, el("b", {}, t("source")), " ", survey.source.join(t("semicolon"))));
  parts.push(el("span", {}, survey.generated_by));
  return parts;
}

function lineSwatch(colour: string, dashed: boolean): HTMLElement {
  const swatch = el("span", { class: dashed ? "line dashed" : "line" });
  swatch.style.borderTopColor = colour;
  return swatch;
}

export function switches(survey: Survey, parcels: ParcelLayer, zones: Record<"districts" | "parks" | "layout", ZoneLayers>): HTMLElement {
  const box = el("section", { class: "block" }, el("h2", {}, t("layers")));
  const line = (id: string, name: string, on: (visible: boolean) => void, swatch?: Node) => {
    const row = el("label", { class: "row" }, checkbox(`layer-${id}`, true, on), el("span", {}, name));
    if (swatch) row.append(swatch);
    box.append(row);
  };
  const zoneLine = (id: "districts" | "parks" | "layout", swatch?: Node) => {
    if (survey[id].length === 0) return;
    const { shapes, names } = zones[id];
    line(id, t(id), (visible) => [...shapes, names].forEach((layer) => layer.setVisible(visible)), swatch);
  };
  line("parcels", t("parcelsLayer"), (visible) => [parcels.layer, parcels.selection].forEach((layer) => layer.setVisible(visible)));
  zoneLine("parks", lineSwatch(PARK, true));
  zoneLine("districts", lineSwatch("#5f5f5c", false));
  zoneLine("layout");
  const layout = el("div", { class: "zones" });
  survey.layout.forEach((zone, place) => {
    const swatch = el("span", { class: "swatch" });
    swatch.style.backgroundColor = `${zoneColour(place)}40`;
    swatch.style.borderColor = zoneColour(place);
    layout.append(el("div", { class: "row zone" }, swatch, el("span", {}, zone.name)));
  });
  box.append(layout);
  return box;
}
