//! What features have that rows and shapes do not show, counted.

use crate::finding::{Code, detail};
use crate::read::dataset::{Collection, Fault, FeatureIds};

/// Counts over features; of one feature each is 0 or 1, but for the values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Shapes whose heights were left out.
    pub heights: usize,
    pub text_ids: usize,
    pub number_ids: usize,
    /// Feature ids that a property called `id` hides.
    pub hidden_ids: usize,
    /// Features with members that RFC 7946 does not define.
    pub foreign: usize,
    /// Boxes that features or the collection give of themselves.
    pub boxes: usize,
    /// Lists, objects and numbers beyond 64 bits, which became text.
    pub as_text: usize,
    /// Polygons and MultiPolygons.
    pub polygonal: usize,
    pub multi: usize,
    /// MultiPolygons of one part.
    pub lone: usize,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.heights += other.heights;
        self.text_ids += other.text_ids;
        self.number_ids += other.number_ids;
        self.hidden_ids += other.hidden_ids;
        self.foreign += other.foreign;
        self.boxes += other.boxes;
        self.as_text += other.as_text;
        self.polygonal += other.polygonal;
        self.multi += other.multi;
        self.lone += other.lone;
    }

    /// Counts what a feature has beside the members that are read.
    pub fn count_beside(&mut self, name: &str) {
        match name {
            "type" | "geometry" | "properties" | "id" => {}
            "bbox" => self.boxes = 1,
            _ => self.foreign = 1,
        }
    }

    pub fn count_multi(&mut self, parts: usize) {
        self.polygonal += 1;
        self.multi += 1;
        self.lone += usize::from(parts == 1);
    }

    /// What is to be told of it; `mixed` are the columns whose values were of several types.
    pub fn faults(self, mixed: &[String]) -> Vec<Fault> {
        let told = |n: usize, code, (zh, en): (&str, &str)| (n > 0).then(|| Fault::file(code, detail!("{n} {zh}", "{n} {en}")));
        let columns = mixed.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        [
            told(self.heights, Code::HeightDropped, ("个图形", "shapes")),
            told(self.as_text, Code::ValueAsText, ("个数组、对象或超出 64 位的数", "lists, objects or numbers beyond 64 bits")),
            told(
                mixed.len(),
                Code::ValueAsText,
                (&format!("列的值类型不一：{columns}"), &format!("columns of several types: {columns}")),
            ),
            told(
                self.foreign,
                Code::ColumnLeftOut,
                (
                    "个要素带有 GeoJSON 标准以外的成员，未保留",
                    "features have members that GeoJSON does not define; they were left out",
                ),
            ),
            told(
                self.boxes,
                Code::ColumnLeftOut,
                ("个 bbox 未保留：外框按图形重新计算", "bbox members were left out: boxes are worked out anew from the shapes"),
            ),
            told(
                self.hidden_ids,
                Code::TableLayout,
                ("个要素的 id 与属性“id”并存，取属性", "feature ids stand beside a property \"id\"; the property was taken"),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// How the features are written so that they are again what they were; `ids` are the values in the column `id`.
    pub fn collection(self, ids: usize) -> Collection {
        // Where some ids are properties and others are not, a column cannot say which.
        let ids = match (self.text_ids, self.number_ids) {
            (0, numbers) if numbers > 0 && numbers == ids => FeatureIds::Numbers,
            (texts, 0) if texts > 0 && texts == ids => FeatureIds::Texts,
            (0, 0) => FeatureIds::None,
            _ => FeatureIds::Mixed,
        };
        let all_multi = self.multi == self.polygonal && self.multi > 0;
        Collection { members: Vec::new(), ids, all_multi, lone_multi: self.lone }
    }
}
