//! Numbers in sentences.

/// A share in percent; neither all nor nothing unless it is.
pub(super) fn percent(x: f64) -> String {
    if (0.9995..1.0).contains(&x) {
        return "> 99.9 %".to_owned();
    }
    if x > 0.0 && x < 0.0005 {
        return "< 0.1 %".to_owned();
    }
    format!("{:.1} %", 100.0 * x)
}

/// A difference of shares in percentage points, without the word.
pub(super) fn points(x: f64) -> String {
    let text = format!("{:.1}", 100.0 * x);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A number in at most four digits that matter.
pub(super) fn short(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 || (1e-3..1e6).contains(&size) {
        let digits = if x == 0.0 {
            0
        } else {
            (3 - size.log10().floor() as i32).clamp(0, 6)
        };
        let text = format!("{x:.*}", digits as usize);
        return if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        };
    }
    format!("{x:.3e}")
}

/// A count with its noun.
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let told: Vec<String> = [0.0, 0.25, 1234.5678, 12.0, 1e-9, 2.5e9, -0.012_36]
            .into_iter()
            .map(short)
            .collect();
        assert_eq!(
            told,
            ["0", "0.25", "1235", "12", "1.000e-9", "2.500e9", "-0.01236"]
        );
    }

    #[test]
    fn a_share_is_all_or_nothing_only_where_it_is() {
        let told = [0.0, 0.0001, 0.5, 0.999_99, 1.0].map(percent);
        assert_eq!(told, ["0.0 %", "< 0.1 %", "50.0 %", "> 99.9 %", "100.0 %"]);
        assert_eq!([0.05, 0.0549].map(points), ["5", "5.5"]);
    }
}
