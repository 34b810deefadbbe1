// The map page: layers, panel, popup.

import Map from "ol/Map";
import View from "ol/View";
import ScaleLine from "ol/control/ScaleLine";
import Zoom from "ol/control/Zoom";
import { createEmpty, extend, isEmpty, type Extent } from "ol/extent";
import "ol/ol.css";
import "./page.css";
import { Filters } from "./filters";
import { districtLayers, layoutLayer, parcelLayer, parkLayer, zoneColour } from "./layers";
import { legend } from "./legend";
import { fillPopup } from "./popup";
import { load } from "./survey";
import { el, setLanguage, t } from "./text";

const survey = load();
setLanguage(survey.lang);
document.title = survey.title;

let selected = -1;
const filters = new Filters(survey, () => refresh());
const parcels = parcelLayer(survey, (row) => filters.passes(row), () => selected);
const districts = districtLayers(survey);
const layout = layoutLayer(survey);
const parks = parkLayer(survey);

const extent: Extent = createEmpty();
for (const layer of [parcels, districts[0]]) extend(extent, layer.getSource()!.getExtent() ?? createEmpty());
const map = new Map({
  target: "map",
  layers: [...districts, layout, parcels, parks],
  view: new View({ center: [0, 0], zoom: 2, maxZoom: 20, constrainResolution: false }),
  controls: [new Zoom(), new ScaleLine({ units: "metric", minWidth: 90 })],
});
const fit = () => {
  if (!isEmpty(extent)) map.getView().fit(extent, { size: map.getSize(), padding: [24, 24, 36, 24] });
};
fit();

const popup = document.getElementById("popup")!;
function select(row: number): void {
  selected = row;
  if (row < 0) popup.hidden = true;
  else fillPopup(popup, survey, row, () => select(-1));
  parcels.changed();
}
map.on("singleclick", (event) => {
  const hit = map.forEachFeatureAtPixel(event.pixel, (feature) => feature.getId() as number, { layerFilter: (layer) => layer === parcels });
  select(hit ?? -1);
});
map.on("pointermove", (event) => {
  if (event.dragging) return;
  const over = map.hasFeatureAtPixel(event.pixel, { layerFilter: (layer) => layer === parcels });
  map.getTargetElement().classList.toggle("over", over);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") select(-1);
});

const [legendBlock, updateLegend] = legend(survey, filters, () => refresh());
function refresh(): void {
  updateLegend();
  if (selected >= 0 && !filters.passes(selected)) select(-1);
  parcels.changed();
}

function search(): HTMLElement {
  const input = el("input", { type: "search", id: "search", placeholder: t("find"), "aria-label": t("find"), list: "ids" });
  const note = el("p", { class: "quiet", role: "status" });
  const form = el("form", { class: "block" }, input, note);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const row = survey.parcels.id.indexOf(input.value.trim());
    const feature = row < 0 ? null : parcels.getSource()!.getFeatureById(row);
    note.textContent = row < 0 ? t("notFound") : feature ? "" : t("noShape");
    if (feature) map.getView().fit(feature.getGeometry()!.getExtent(), { maxZoom: 16, padding: [80, 80, 80, 80] });
    if (row >= 0) select(row);
  });
  return form;
}

function switches(): HTMLElement {
  const box = el("div", { class: "block" }, el("h2", {}, t("layers")));
  const line = (name: string, id: string, on: (visible: boolean) => void) => {
    const input = el("input", { type: "checkbox", id: `layer-${id}` });
    input.checked = true;
    input.addEventListener("change", () => on(input.checked));
    box.append(el("label", { class: "row" }, input, el("span", {}, name)));
  };
  line(t("parcelsLayer"), "parcels", (on) => parcels.setVisible(on));
  if (survey.parks.length > 0) line(t("parks"), "parks", (on) => parks.setVisible(on));
  if (survey.districts.length > 0) line(t("districts"), "districts", (on) => districts.forEach((layer) => layer.setVisible(on)));
  if (survey.layout.length > 0) line(t("layout"), "layout", (on) => layout.setVisible(on));
  survey.layout.forEach((zone, i) => {
    const swatch = el("span", { class: "swatch" });
    swatch.style.background = zoneColour(i) + "40";
    swatch.style.borderColor = zoneColour(i);
    box.append(el("div", { class: "row zone" }, swatch, el("span", {}, zone.name)));
  });
  return box;
}

const head = document.getElementById("head")!;
head.append(el("h1", {}, survey.title));
if (survey.schematic) head.append(el("span", { class: "banner" }, t("schematic")));
if (survey.illustrative) head.append(el("span", { class: "banner" }, t("illustrative")));
document.getElementById("panel")!.append(search(), legendBlock, filters.element(), switches());
document.getElementById("map")!.append(el("div", { class: "north", "aria-hidden": "true" }, el("b", {}, "▲"), el("span", {}, t("north"))));
const area = t(survey.rulebook.area as "statutory" | "geodesic" | "stated");
document.getElementById("foot")!.append(
  el("span", {}, `${t("rulebook")}: ${survey.rulebook.name} (${survey.rulebook.year}), ${t("divisor")}: ${area}. ${survey.rulebook.source}`),
  el("span", {}, survey.source.length > 0 ? `${t("source")}: ${survey.source.join("; ")}` : ""),
  el("span", {}, survey.generated_by),
);
map.updateSize();
fit();

map.once("rendercomplete", () => {
  Object.assign(window, {
    mujun: {
      ready: true,
      visibleCount: () => Array.from({ length: survey.parcels.count }, (_, row) => filters.passes(row)).filter(Boolean).length,
      select,
      // Where a parcel's inside is on the page, after the map has moved to it.
      pixelOf: (row: number) => {
        const geometry = parcels.getSource()!.getFeatureById(row)?.getGeometry();
        if (!geometry) return null;
        map.getView().fit(geometry.getExtent(), { maxZoom: 17, padding: [80, 80, 80, 80] });
        map.renderSync();
        const point = geometry.getType() === "MultiPolygon" ? (geometry as import("ol/geom/MultiPolygon").default).getInteriorPoints().getFirstCoordinate() : (geometry as import("ol/geom/Polygon").default).getInteriorPoint().getCoordinates();
        const pixel = map.getPixelFromCoordinate(point);
        const box = map.getTargetElement().getBoundingClientRect();
        return [pixel[0] + box.left, pixel[1] + box.top];
      },
    },
  });
});
