#![allow(missing_docs, clippy::all)]
pub mod aggregate {
    pub enum Norm {
        Vector,
        MinMax,
    }
    pub struct Topsis {
        pub closeness: Vec<f64>,
        pub contributions: Vec<Vec<f64>>,
    }
    pub fn arithmetic(x: &[f64], w: &[f64]) -> (f64, Vec<f64>) {
        let s: f64 = w.iter().sum();
        let c: Vec<f64> = x.iter().zip(w).map(|(x, w)| w * x / s).collect();
        (x.iter().zip(w).map(|(x, w)| w * x).sum::<f64>() / s, c)
    }
    pub fn geometric(x: &[f64], w: &[f64]) -> (f64, Vec<f64>) {
        arithmetic(x, w)
    }
    pub fn harmonic(x: &[f64], w: &[f64]) -> (f64, Vec<f64>) {
        arithmetic(x, w)
    }
    pub fn topsis(_c: &[Vec<f64>], _w: &[f64], _l: &[bool], _n: Norm) -> Topsis {
        Topsis { closeness: vec![], contributions: vec![] }
    }
}
pub mod weigh {
    #[derive(Debug)]
    pub struct WeightError;
    impl std::fmt::Display for WeightError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "x")
        }
    }
    pub const MOST_INCONSISTENT: f64 = 0.1;
    pub struct Ahp {
        pub weights: Vec<f64>,
        pub consistency_ratio: f64,
    }
    pub fn entropy(_c: &[Vec<f64>]) -> Result<Vec<f64>, WeightError> {
        Err(WeightError)
    }
    pub fn critic(_c: &[Vec<f64>]) -> Result<Vec<f64>, WeightError> {
        Err(WeightError)
    }
    pub fn ahp(_c: &[Vec<f64>]) -> Result<Ahp, WeightError> {
        Err(WeightError)
    }
}
pub mod treat {
    pub struct Treatment;
    pub fn winsorise_share(_v: &mut [f64], _l: f64, _h: f64) -> Treatment {
        Treatment
    }
    pub fn winsorise_shape(_v: &mut [f64], _m: usize, _s: f64, _k: f64) -> Treatment {
        Treatment
    }
}
