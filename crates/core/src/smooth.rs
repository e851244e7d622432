//! The smoothing of TensorBoard's charts: a debiased exponential moving average.
//!
//! `s ← w·s + (1 − w)·y` for each finite `y`, shown as `s / (1 − wⁿ)` after `n` of them. NaN and infinities pass through
//! and leave `s` as it is; a constant series stays as it is. Source: TensorBoard,
//! `tensorboard/webapp/widgets/line_chart_v2/data_transformer.ts`. Runs over all points, before any reduction: there it
//! runs over a sample, so that the curve depends on how many points were kept (its issues 1518 and 3493).

/// The state of the average along one series.
#[derive(Clone, Copy, Debug)]
pub struct Smoother {
    weight: f64,
    average: f64,
    /// wⁿ.
    power: f64,
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
        Self {
            weight,
            average: 0.0,
            power: 1.0,
        }
    }

    #[inline]
    pub fn next(&mut self, value: f64) -> f64 {
        if self.weight == 0.0 || !value.is_finite() {
            return value;
        }
        self.average = self.average * self.weight + (1.0 - self.weight) * value;
        // Below 1e-300 it no longer shows in `1 − power`, and would end as a denormal number: each costs 150 cycles.
        self.power = if self.power < 1e-300 {
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
    use super::smooth;

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
