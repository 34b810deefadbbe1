// The layers of the map. Each shape is decoded once.

import Feature, { type FeatureLike } from "ol/Feature";
import type Geometry from "ol/geom/Geometry";
import type MultiPolygon from "ol/geom/MultiPolygon";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import type Style from "ol/style/Style";
import { parcelShape, zoneShape } from "./decode";
import {
  PARK, PARK_NAMES, districtBorder, ground, label, layoutStyle, parcelStyles, parkOutline, selectionStyle, zoneColour,
} from "./style";
import type { Survey, Zone } from "./survey";

export type Layer = VectorLayer<VectorSource<Feature<Geometry>>>;
type StyleOf = (place: number, resolution: number) => Style | Style[] | undefined;

/** A layer whose features are known by their place in the data. */
function layer(features: Feature<Geometry>[], zIndex: number, style: StyleOf, declutter = false): Layer {
  const source = new VectorSource({ features, overlaps: declutter });
  return new VectorLayer({ source, zIndex, declutter, style: (feature: FeatureLike, resolution: number) => style(Number(feature.getId()), resolution) });
}

function feature(place: number, geometry: Geometry): Feature<Geometry> {
  const made = new Feature<Geometry>(geometry);
  made.setId(place);
  return made;
}

export class ParcelLayer {
  readonly layer: Layer;
  /** Outlines the selected parcel, so that selecting does not draw all the others again. */
  readonly selection: Layer;
  /** How many parcels cannot be drawn. */
  readonly shapeless: number;
  private readonly source: VectorSource<Feature<Geometry>>;

  constructor(survey: Survey, visible: (row: number) => boolean) {
    const { parcels, scale } = survey;
    const features: Feature<Geometry>[] = [];
    for (let row = 0; row < parcels.count; row++) {
      const shape = parcelShape(parcels.rings[row], parcels.parts[row] || 0, scale);
      if (shape) features.push(feature(row, shape));
    }
    const styleOf = parcelStyles(survey.grades);
    this.layer = layer(features, 3, (row, resolution) => (visible(row) ? styleOf(parcels.grade[row], parcels.listed[row] === 1, resolution) : undefined));
    this.source = this.layer.getSource()!;
    this.selection = new VectorLayer({ source: new VectorSource<Feature<Geometry>>(), zIndex: 6, style: selectionStyle });
    this.shapeless = parcels.count - features.length;
  }

  geometry(row: number): Geometry | null {
    return this.source.getFeatureById(row)?.getGeometry() ?? null;
  }

  outline(row: number): void {
    const source = this.selection.getSource()!;
    source.clear();
    const geometry = row < 0 ? null : this.geometry(row);
    if (geometry) source.addFeature(feature(row, geometry));
  }

  /** The parcel at a position: the smallest that holds it, else the nearest within a reach; -1 where there is none. */
  at(position: number[], reach: number, visible: (row: number) => boolean): number {
    if (!this.layer.getVisible()) return -1;
    const [x, y] = position;
    let [best, least] = [-1, Infinity];
    this.source.forEachFeatureInExtent([x - reach, y - reach, x + reach, y + reach], (found) => {
      const row = Number(found.getId());
      const geometry = found.getGeometry();
      if (!geometry || !visible(row)) return;
      let rate: number;
      if (geometry.intersectsCoordinate(position)) {
        const [left, bottom, right, top] = geometry.getExtent();
        rate = -1 / (1 + (right - left) * (top - bottom));
      } else {
        const [nearX, nearY] = geometry.getClosestPoint(position);
        rate = Math.hypot(nearX - x, nearY - y);
        if (rate > reach) return;
      }
      if (rate < least) [best, least] = [row, rate];
    });
    return best;
  }
}

export interface ZoneLayers {
  shapes: Layer[];
  names: Layer;
}

/** The shapes of zones, and where the name of each stands: inside its largest part. */
function shapesAndNames(zones: Zone[], scale: number): [Feature<Geometry>[], Feature<Geometry>[]] {
  const shapes: Feature<Geometry>[] = [];
  const names: Feature<Geometry>[] = [];
  zones.forEach((zone, place) => {
    const shape: MultiPolygon | null = zoneShape(zone.rings, scale);
    if (!shape) return;
    shapes.push(feature(place, shape));
    // Rings were sorted by area: the first polygon is the largest.
    names.push(feature(place, new Point(shape.getPolygon(0).getInteriorPoint().getCoordinates().slice(0, 2))));
  });
  return [shapes, names];
}

export function districtLayers(survey: Survey): ZoneLayers {
  const [shapes, names] = shapesAndNames(survey.districts, survey.scale);
  const labels = survey.districts.map((zone) => label(zone.name, 13, "#3a3a38", "normal"));
  return {
    shapes: [layer(shapes, 0, () => ground), layer(shapes.map((f) => feature(Number(f.getId()), f.getGeometry()!)), 4, () => districtBorder)],
    names: layer(names, 8, (place) => labels[place], true),
  };
}

export function parkLayers(survey: Survey): ZoneLayers {
  const [shapes, names] = shapesAndNames(survey.parks, survey.scale);
  const labels = survey.parks.map((zone) => label(zone.name, 12, PARK, "normal"));
  return {
    shapes: [layer(shapes, 5, (_, resolution) => parkOutline(resolution))],
    names: layer(names, 7, (place, resolution) => (resolution < PARK_NAMES ? labels[place] : undefined), true),
  };
}

export function layoutLayers(survey: Survey): ZoneLayers {
  const [shapes, names] = shapesAndNames(survey.layout, survey.scale);
  const styles = survey.layout.map((_, place) => layoutStyle(place));
  const labels = survey.layout.map((zone, place) => label(zone.name, 14, zoneColour(place), "bold"));
  return {
    shapes: [layer(shapes, 1, (place) => styles[place])],
    names: layer(names, 9, (place) => labels[place], true),
  };
}
