// The map page: reads the survey, puts the layers and the panel together, and answers clicks and keys.

import "ol/ol.css";
import "./page.css";
import type MultiPolygon from "ol/geom/MultiPolygon";
import type Polygon from "ol/geom/Polygon";
import { byId, el } from "./dom";
import { Filters } from "./filters";
import { heading, northArrow, sources, switches } from "./furniture";
import { ParcelLayer, districtLayers, layoutLayers, parkLayers } from "./layers";
import { legend } from "./legend";
import { fillPopup } from "./popup";
import { search } from "./search";
import { load } from "./survey";
import { setLanguage, t } from "./text";
import { extentOf, makeMap, showExtent, uncover, wholeExtent } from "./view";

/** How far beside a parcel, in pixels, a click still means it. */
const REACH = 5;

const survey = load();
setLanguage(survey.lang);
document.title = survey.title;

const filters = new Filters(survey);
const parcels = new ParcelLayer(survey, filters.passes);
const zones = { districts: districtLayers(survey), parks: parkLayers(survey), layout: layoutLayers(survey) };

const [target, popup] = [byId("map"), byId("popup")];
byId("head").append(...heading(survey));
byId("foot").append(...sources(survey));
byId("panel").append(search(survey, find), legend(survey, filters, parcels.shapeless), filters.element(), switches(survey, parcels, zones));
target.append(northArrow(), el("div", { class: "cross", "aria-hidden": "true" }));
target.setAttribute("aria-label", t("mapHelp"));
popup.setAttribute("aria-label", t("details"));

const zoneLayers = Object.values(zones).flatMap(({ shapes, names }) => [...shapes, names]);
const whole = wholeExtent(extentOf(parcels.layer), extentOf(zones.districts.shapes[0]));
const map = makeMap(target, [...zoneLayers, parcels.layer, parcels.selection], whole);

let selected = -1;

function select(row: number): void {
  selected = row;
  parcels.outline(row);
  if (row >= 0) {
    fillPopup(popup, survey, row, deselect);
    return;
  }
  popup.hidden = true;
}

/** Closes the popup; whoever was reading it with the keyboard is put back on the map. */
function deselect(): void {
  const inside = popup.contains(document.activeElement);
  select(-1);
  if (inside) target.focus({ preventScroll: true });
}

/** Shows a parcel wherever it is, and says why if it cannot be seen. */
function find(row: number): string {
  select(row);
  popup.querySelector("h2")?.focus({ preventScroll: true });
  const geometry = parcels.geometry(row);
  if (geometry) showExtent(map, popup, geometry.getExtent());
  if (!geometry) return t("noShape");
  return filters.passes(row) ? "" : t("filteredOut");
}

function parcelAt(position: number[]): number {
  return parcels.at(position, REACH * (map.getView().getResolution() ?? 0), filters.passes);
}

function pick(position: number[]): void {
  const row = parcelAt(position);
  select(row);
  if (row >= 0) uncover(map, popup, position);
}

map.on("singleclick", (event) => pick(event.coordinate));
map.on("pointermove", (event) => {
  if (!event.dragging) target.classList.toggle("over", parcelAt(event.coordinate) >= 0);
});
target.addEventListener("keydown", (event) => {
  const center = map.getView().getCenter();
  if (event.key === "Enter" && event.target === target && center) pick(center);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") deselect();
});
filters.whenChanged(() => {
  if (selected >= 0 && !filters.passes(selected)) select(-1);
  parcels.layer.changed();
});

/** Where on the page the inside of a parcel is, once the map has moved to it: for the browser test. */
function pixelOf(row: number): number[] | null {
  const geometry = parcels.geometry(row) as Polygon | MultiPolygon | null;
  if (!geometry) return null;
  showExtent(map, popup, geometry.getExtent());
  map.renderSync();
  const polygon = geometry.getType() === "Polygon" ? (geometry as Polygon) : (geometry as MultiPolygon).getPolygon(0);
  const [x, y] = map.getPixelFromCoordinate(polygon.getInteriorPoint().getCoordinates().slice(0, 2));
  const { left, top } = target.getBoundingClientRect();
  return [x + left, y + top];
}

/** Shows the parcel of that id; false if there is none. */
function selectId(id: string): boolean {
  const row = survey.parcels.id.indexOf(id);
  if (row >= 0) find(row);
  return row >= 0;
}

map.once("rendercomplete", () => {
  Object.assign(window, { mujun: { ready: true, visibleCount: () => filters.count, select: selectId, pixelOf } });
});
