//! Shapes: through well-known binary, with arcs turned into short straight lines.

use ::gdal::vector::{
    Defn, Feature, Geometry, OGRwkbGeometryType as Type, geometry_type_flatten, geometry_type_has_m, geometry_type_has_z,
};
use geo::Geometry as GeoGeometry;

use super::super::dataset::Fault;
use super::super::wkb;
use super::curve;
use crate::finding::{Code, detail};
use crate::model::RawShape;

/// The shapes of a layer under construction.
pub(super) struct Shapes {
    /// `None` for a table without shapes.
    shapes: Option<Vec<RawShape>>,
    /// Further shape columns, which are left out.
    further: Vec<String>,
    /// A drawing knows no polygons: its closed lines are taken as such.
    drawing: bool,
    heights: usize,
    curves: usize,
    closed: usize,
}

impl Shapes {
    /// None yet, of the first shape column of a layer if it has one; `drawing` as from a CAD program.
    pub fn of(definition: &Defn, drawing: bool) -> Self {
        let mut columns = definition.geom_fields();
        Self {
            shapes: columns.next().map(|_| Vec::new()),
            further: columns.map(|column| column.name()).collect(),
            drawing,
            heights: 0,
            curves: 0,
            closed: 0,
        }
    }

    /// Adds the shape of a row.
    pub fn push(&mut self, feature: &Feature<'_>) {
        if self.shapes.is_none() {
            return;
        }
        let shape = feature.geometry_by_index(0).map_or(RawShape::Missing, |geometry| self.shape(geometry));
        if let Some(shapes) = &mut self.shapes {
            shapes.push(shape);
        }
    }

    fn shape(&mut self, geometry: &Geometry) -> RawShape {
        let kind = geometry.geometry_type();
        self.heights += usize::from(geometry_type_has_z(kind) || geometry_type_has_m(kind));
        let shape = match geometry_type_flatten(kind) {
            Type::wkbCurvePolygon | Type::wkbMultiSurface => {
                self.curves += usize::from(curve::has_arcs(geometry));
                curve::polygons(geometry)
            }
            Type::wkbCircularString | Type::wkbCompoundCurve | Type::wkbMultiCurve => {
                self.curves += usize::from(curve::has_arcs(geometry));
                curve::lines(geometry)
            }
            _ => match geometry.wkb() {
                Ok(bytes) => wkb::shape(&bytes),
                Err(error) => RawShape::unreadable(error.to_string()),
            },
        };
        if self.drawing { self.closed_line_as_polygon(shape) } else { shape }
    }

    fn closed_line_as_polygon(&mut self, shape: RawShape) -> RawShape {
        let RawShape::Other(other) = &shape else { return shape };
        match &**other {
            GeoGeometry::LineString(line) if line.0.len() >= 4 && line.is_closed() => {
                self.closed += 1;
                RawShape::Parts(vec![vec![line.0.clone()]])
            }
            _ => shape,
        }
    }

    /// What was left out or turned into something else, for the whole layer.
    pub fn notes(&self, faults: &mut Vec<Fault>) {
        if self.heights > 0 {
            faults.push(Fault::file(Code::HeightDropped, detail!("{} 个图形", "{} shapes", self.heights)));
        }
        if self.curves > 0 {
            faults.push(Fault::file(
                Code::ShapeCurved,
                detail!(
                    "{} 个图形；每条弦跨弧不超过 {}°",
                    "{} shapes; a chord spans at most {}° of the arc",
                    self.curves,
                    curve::STEP_DEGREES
                ),
            ));
        }
        if self.closed > 0 {
            faults.push(Fault::file(Code::ShapeClosedLine, detail!("{} 条闭合线", "{} closed lines", self.closed)));
        }
        for name in &self.further {
            faults.push(Fault::file(Code::ColumnLeftOut, detail!("{name}：第二个图形列", "{name}: a second column of shapes")));
        }
    }

    /// One shape a row; `None` for a table without shapes.
    pub fn finish(self) -> Option<Vec<RawShape>> {
        self.shapes
    }
}
