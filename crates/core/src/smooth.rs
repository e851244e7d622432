//! The smoothing of TensorBoard's charts: a debiased exponential moving average.
//!
//! `s ← w·s + (1 − w)·y` for each finite `y`, shown as `s / (1 − wⁿ)` after `n` of them. NaN and infinities pass through
//! and leave `s` as it is; a constant series stays as it is. Source: TensorBoard,
//! `tensorboard/webapp/widgets/line_chart_v2/data_transformer.ts`. Runs over all points, before any reduction: there it
//! runs over a sample, so that the curve depends on how many points were kept (its issues 1518 and 3493).

use crate::chunk::CHUNK_POINTS;
use crate::slice::Slice;

/// Below this it no longer shows in `1 − wⁿ`, and would end as a denormal number: each costs 150 cycles.
const NOTHING: f64 = 1e-300;

/// The state of the average along one series.
#[derive(Clone, Debug)]
pub struct Smoother {
    weight: f64,
    average: f64,
    /// wⁿ.
    power: f64,
    /// w^1023 … w², w, 1: the shares of a slice's values in the average behind it.
    shares: Box<[f64]>,
}

impl Smoother {
    /// `weight` from 0 (no smoothing) to below 1; whatever lies outside counts as 0.
    #[must_use]
    pub fn new(weight: f64) -> Self {
        let weight = if weight > 0.0 && weight < 1.0 {
            weight
        } else {
            0.0
        };
        let mut shares = vec![];
        if weight > 0.0 {
            let mut share = 1.0;
            shares.resize(CHUNK_POINTS, 0.0);
            for place in shares.iter_mut().rev() {
                *place = share;
                share = if share < NOTHING { 0.0 } else { share * weight };
            }
        }
        Self {
            weight,
            average: 0.0,
            power: 1.0,
            shares: shares.into_boxed_slice(),
        }
    }

    #[must_use]
    pub fn is_off(&self) -> bool {
        self.weight == 0.0
    }

    /// Takes a slice of finite values at once, and gives what `next` would give for the last of them, but for rounding: the
    /// average behind `n` values is affine in the one before them, `wⁿ·s + (1 − w)·Σ wⁿ⁻¹⁻ⁱ·yᵢ`, and the sum needs no
    /// value to wait for the one before.
    pub fn take(&mut self, values: &Slice<'_>) -> f64 {
        let n = values.n_points();
        if self.weight == 0.0 || n == 0 {
            return values.last();
        }
        let Some(start) = self.shares.len().checked_sub(n) else {
            let (first, rest) = values.split_at(CHUNK_POINTS);
            self.take(&first);
            return self.take(&rest);
        };
        let sum = values.dot(self.shares.get(start..).unwrap_or_default());
        let before = self.shares.get(start).copied().unwrap_or(0.0) * self.weight;
        self.average = self.average * before + (1.0 - self.weight) * sum;
        self.power *= before;
        if self.power < NOTHING {
            self.power = 0.0;
        }
        self.average / (1.0 - self.power)
    }

    #[inline]
    pub fn next(&mut self, value: f64) -> f64 {
        if self.weight == 0.0 || !value.is_finite() {
            return value;
        }
        self.average = self.average * self.weight + (1.0 - self.weight) * value;
        self.power = if self.power < NOTHING {
            0.0
        } else {
            self.power * self.weight
        };
        self.average / (1.0 - self.power)
    }
}

/// Every value smoothed.
#[must_use]
pub fn smooth(values: &[f64], weight: f64) -> Vec<f64> {
    let is_constant = values.windows(2).all(|two| two[0] == two[1]);
    let mut smoother = Smoother::new(if is_constant { 0.0 } else { weight });
    values.iter().map(|&value| smoother.next(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::{smooth, Smoother};
    use crate::slice::Slice;

    /// In slices of any length, the average is that of value after value.
    #[test]
    fn slices_give_what_single_values_give() {
        let values: Vec<f32> = (0..5000u32)
            .map(|i| (i * 7919 % 1000) as f32 - 300.0)
            .collect();
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        for weight in [0.001, 0.5, 0.6, 0.99, 0.99999] {
            let (mut one, mut other) = (Smoother::new(weight), Smoother::new(weight));
            let (mut at, mut length) = (0, 1);
            while at < values.len() {
                let end = (at + length).min(values.len());
                let expected = values[at..end]
                    .iter()
                    .fold(0.0, |_, &value| one.next(f64::from(value)));
                let seen = other.take(&Slice::F32(&bytes[4 * at..4 * end]));
                assert!(
                    (expected - seen).abs() < 1e-9,
                    "{weight} {at} {expected} {seen}"
                );
                (at, length) = (end, length * 3 % 2500 + 1);
            }
        }
    }

    /// By hand, w = 0.5: 1/1; (0.25 + 1)/0.75 = 5/3; NaN passes; (0.625 + 2)/0.875 = 3.
    #[test]
    fn debiased_and_nan_is_skipped() {
        let smoothed = smooth(&[1.0, 2.0, f64::NAN, 4.0], 0.5);
        assert_eq!(1.0, smoothed[0]);
        assert!((smoothed[1] - 5.0 / 3.0).abs() < 1e-15);
        assert!(smoothed[2].is_nan());
        assert!((smoothed[3] - 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_constant_stays_exact() {
        assert_eq!(vec![0.1; 1000], smooth(&[0.1; 1000], 0.999));
    }

    #[test]
    fn no_weight_no_change() {
        assert_eq!(vec![3.0, 1.0], smooth(&[3.0, 1.0], 0.0));
    }
}
