//! A recorded histogram, in either encoding → edges and counts.
//!
//! The old message holds upper limits and counts, with minimum and maximum apart; the new tensor of shape `[k, 3]`
//! holds left, right, count of each bucket. Both become `k + 1` ascending edges and `k` counts. Empty buckets at both
//! ends of the old message are padding up to ±1.8e308 and are left out, as TensorBoard does.

use crate::event::{Data, Value};
use crate::wire::{each_double, Fields, Malformed, Wire};

/// `counts[i]` values lie between `edges[i]` and `edges[i + 1]`; both empty when nothing was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    pub edges: Vec<f64>,
    pub counts: Vec<f64>,
}

/// The histogram in a `Summary.Value`.
///
/// # Errors
/// When the bytes hold none.
pub fn read_histogram(message: &[u8]) -> Result<Histogram, Malformed> {
    match Value::parse(message)?.data {
        Data::Histogram(bytes) => parse_message(bytes),
        Data::Tensor(tensor) => match tensor.shape()?.as_slice() {
            [_, 3] => Ok(from_rows(&tensor.numbers()?)),
            _ => Err(Malformed),
        },
        _ => Err(Malformed),
    }
}

/// A `HistogramProto`: min 1, max 2, num 3, sum 4, sum_squares 5, bucket_limit 6, bucket 7.
fn parse_message(message: &[u8]) -> Result<Histogram, Malformed> {
    let (mut min, mut max) = (0.0, 0.0);
    let (mut limits, mut counts) = (Vec::new(), Vec::new());
    let mut fields = Fields::new(message);
    while let Some((number, wire)) = fields.next()? {
        match (number, wire) {
            (1, Wire::Fixed64(bits)) => min = f64::from_bits(bits),
            (2, Wire::Fixed64(bits)) => max = f64::from_bits(bits),
            (6, wire) => each_double(wire, |limit| limits.push(limit))?,
            (7, wire) => each_double(wire, |count| counts.push(count))?,
            _ => {}
        }
    }
    if limits.len() != counts.len() {
        return Err(Malformed);
    }
    let Some(first) = counts.iter().position(|&count| count > 0.0) else {
        return Ok(Histogram::default());
    };
    let last = counts
        .iter()
        .rposition(|&count| count > 0.0)
        .unwrap_or(first);
    let mut edges = Vec::with_capacity(last - first + 2);
    edges.push(min);
    // Not `clamp`: it panics when a bound is NaN.
    edges.extend(
        limits[first..last]
            .iter()
            .map(|limit| limit.max(min).min(max)),
    );
    edges.push(max);
    Ok(Histogram {
        edges,
        counts: counts[first..=last].to_vec(),
    })
}

fn from_rows(rows: &[f64]) -> Histogram {
    let mut histogram = Histogram::default();
    for row in rows.chunks_exact(3) {
        histogram.edges.push(row[0]);
        histogram.counts.push(row[2]);
    }
    if let Some(last) = rows.chunks_exact(3).last() {
        histogram.edges.push(last[1]);
    }
    histogram
}

#[cfg(test)]
mod tests {
    use super::{from_rows, parse_message, Histogram};

    fn double(field: u8, value: f64) -> Vec<u8> {
        [&[field << 3 | 1][..], &value.to_le_bytes()].concat()
    }

    #[test]
    fn padding_goes_and_the_extremes_become_the_outer_edges() {
        let mut message = [double(1, -1.0), double(2, 3.0)].concat();
        for (limit, count) in [
            (-2.0, 0.0),
            (0.0, 4.0),
            (2.0, 0.0),
            (4.0, 1.0),
            (1.7e308, 0.0),
        ] {
            message.extend([double(6, limit), double(7, count)].concat());
        }
        let expected = Histogram {
            edges: vec![-1.0, 0.0, 2.0, 3.0],
            counts: vec![4.0, 0.0, 1.0],
        };
        assert_eq!(Ok(expected), parse_message(&message));
    }

    #[test]
    fn nothing_counted_is_no_bucket() {
        assert_eq!(
            Ok(Histogram::default()),
            parse_message(&[double(6, 1.0), double(7, 0.0)].concat())
        );
        assert_eq!(Histogram::default(), from_rows(&[]));
    }
}
