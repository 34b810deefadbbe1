// The map itself: where it looks, how it is moved, and what is clear of the popup.

import Map from "ol/Map";
import View from "ol/View";
import ScaleLine from "ol/control/ScaleLine";
import Zoom from "ol/control/Zoom";
import ZoomToExtent from "ol/control/ZoomToExtent";
import { containsExtent, createEmpty, getArea, getIntersection, isEmpty, type Extent } from "ol/extent";
import { defaults as interactions } from "ol/interaction/defaults";
import type { Layer } from "./layers";
import { t } from "./text";

const PADDING = [28, 28, 44, 28];

/** The whole of the survey: its districts, unless the parcels lie in a small part of them. */
export function wholeExtent(parcels: Extent, districts: Extent): Extent {
  if (isEmpty(districts)) return parcels;
  if (isEmpty(parcels)) return districts;
  const both = getIntersection(parcels, districts);
  if (isEmpty(both)) return parcels;
  return getArea(districts) <= 4 * getArea(both) || containsExtent(both, districts) ? districts : both;
}

export function extentOf(layer: Layer): Extent {
  return layer.getSource()?.getExtent() ?? createEmpty();
}

export function makeMap(target: HTMLElement, layers: Layer[], whole: Extent): Map {
  const view = new View({ center: [0, 0], zoom: 2, maxZoom: 20, enableRotation: false });
  const controls: (Zoom | ScaleLine | ZoomToExtent)[] = [
    new Zoom({ zoomInTipLabel: t("zoomIn"), zoomOutTipLabel: t("zoomOut"), zoomOutLabel: "−" }),
    new ScaleLine({ units: "metric", minWidth: 90 }),
  ];
  if (!isEmpty(whole)) controls.push(new ZoomToExtent({ extent: whole, label: "⤢", tipLabel: t("whole") }));
  const map = new Map({ target, layers, view, controls, interactions: interactions({ altShiftDragRotate: false, pinchRotate: false }) });
  map.updateSize();
  if (!isEmpty(whole)) view.fit(whole, { size: map.getSize(), padding: PADDING });
  return map;
}

/** The part of the map, in its pixels, that the popup leaves free: left, top, right, bottom. */
function free(map: Map, popup: HTMLElement): [number, number, number, number] {
  const area = map.getTargetElement().getBoundingClientRect();
  const over = popup.getBoundingClientRect();
  const [width, height] = [area.width, area.height];
  const meets = !popup.hidden && over.left < area.right && over.right > area.left && over.top < area.bottom && over.bottom > area.top;
  if (!meets) return [0, 0, width, height];
  const beside = area.right - over.right;
  const above = over.top - area.top;
  return beside > 120 ? [width - beside, 0, width, height] : [0, 0, width, Math.max(above, 60)];
}

/** Moves the map so that the extent lies clear of the popup and the edges. */
export function showExtent(map: Map, popup: HTMLElement, extent: Extent): void {
  const [width, height] = map.getSize() ?? [0, 0];
  const [left, top, right, bottom] = free(map, popup);
  const margin = Math.min(70, (right - left) / 4, (bottom - top) / 4);
  map.getView().fit(extent, { maxZoom: 16.5, padding: [top + margin, width - right + margin, height - bottom + margin, left + margin] });
}

/** Moves the map only if the popup covers the position. */
export function uncover(map: Map, popup: HTMLElement, position: number[]): void {
  const pixel = map.getPixelFromCoordinate(position);
  const center = map.getView().getCenter();
  const resolution = map.getView().getResolution();
  if (!pixel || !center || !resolution) return;
  const [left, top, right, bottom] = free(map, popup);
  const [x, y] = pixel;
  if (x >= left + 8 && x <= right && y >= top && y <= bottom - 8) return;
  const [toX, toY] = [(left + right) / 2, (top + bottom) / 2];
  map.getView().animate({ center: [center[0] + (x - toX) * resolution, center[1] - (y - toY) * resolution], duration: 200 });
}
