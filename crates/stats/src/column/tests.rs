use super::*;
use arrow::array::{DictionaryArray, Float64Array, Int64Array, ListArray, StringArray};
use arrow::datatypes::{Float64Type as F, Int32Type};

fn of_cells(column: &Column, cells: &Cells) -> Vec<Option<Profile>> {
    let mut found = column.profiles(cells, &[&cells.apart()], None).unwrap();
    found.remove(0)
}

#[test]
fn groups_are_merges_of_cells() {
    let n = 20_000_u32;
    let numbers: ArrayRef = Arc::new(Float64Array::from_iter_values(
        (0..n).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 8)),
    ));
    let words: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..n).map(|i| format!("w{}", i.wrapping_mul(2_654_435_761) >> 24)),
    ));
    let of_row: Vec<u32> = (0..n).map(|i| i % 6).collect();
    let cells = Cells::new(&of_row, 6);
    let (whole, halves) = (vec![0; 6], vec![0, 1, 0, 1, 0, 1]);
    let groups = |of_cell: Vec<u32>, count| Groups { of_cell, count };
    let groupings = [groups(whole, 1), groups(halves, 3)];
    for array in [numbers, words] {
        let column = Column::new(&array).unwrap();
        let found = column
            .profiles(&cells, &[&groupings[0], &groupings[1]], None)
            .unwrap();
        let all = column.profile(None).unwrap().unwrap();
        let one = found[0][0].as_ref().unwrap();
        let (a, b) = (one.figures(), all.figures());
        assert_eq!((a.rows, a.min, a.max), (b.rows, b.min, b.max));
        assert_eq!(a.distinct.map(f64::round), b.distinct.map(f64::round));
        assert!((a.mean.unwrap() / b.mean.unwrap() - 1.0).abs() < 1e-12);
        let rows: Vec<_> = found[1]
            .iter()
            .map(|p| p.as_ref().map(Profile::rows))
            .collect();
        assert_eq!(
            rows,
            [Some(10_000), Some(10_000), None],
            "the last group has no cells"
        );
    }
}

#[test]
fn rows_go_to_their_cells_and_empty_cells_have_none() {
    let array: ArrayRef = Arc::new(Float64Array::from(vec![
        Some(5.0),
        Some(1.0),
        None,
        Some(3.0),
    ]));
    let column = Column::new(&array).unwrap();
    let found = of_cells(&column, &Cells::new(&[0, 0, 1, NO_CELL], 3));
    let counts: Vec<_> = found
        .iter()
        .map(|p| p.as_ref().map(|p| (p.rows(), p.nulls())))
        .collect();
    assert_eq!(counts, [Some((2, 0)), Some((1, 1)), None]);
    let first = found[0].as_ref().unwrap();
    assert_eq!(first.all_numbers().unwrap(), [(1.0, 1), (5.0, 1)]);
}

#[test]
fn texts_are_counted_by_cell_plain_or_as_a_dictionary() {
    let plain = StringArray::from(vec![Some("x"), Some("y"), Some("x"), None, Some("x")]);
    let packed: DictionaryArray<Int32Type> = plain.iter().collect();
    for array in [Arc::new(plain) as ArrayRef, Arc::new(packed)] {
        let column = Column::new(&array).unwrap();
        let found = of_cells(&column, &Cells::new(&[0, 0, 1, 1, 0], 2));
        let told = |at: usize| found[at].as_ref().unwrap().all_texts().unwrap().to_vec();
        assert_eq!(told(0), [("x".to_owned(), 2), ("y".to_owned(), 1)]);
        assert_eq!(told(1), [("x".to_owned(), 1)]);
        assert_eq!(found[1].as_ref().unwrap().nulls(), 1);
    }
}

#[test]
fn texts_of_every_length_have_their_own_counts() {
    // Of each length two that differ in one byte, and prefixes of them all.
    let of_length = |n: usize| {
        let long = "abababababababababab";
        let other = format!("{}x", &long[..n.saturating_sub(1)]);
        [long[..n].to_owned(), other]
    };
    let distinct: Vec<String> = (1..20).flat_map(of_length).collect();
    let all: Vec<&String> = distinct.iter().cycle().take(distinct.len() * 7).collect();
    let array: ArrayRef = Arc::new(StringArray::from_iter_values(all));
    let found = Column::new(&array).unwrap().profile(None);
    let mut expected: Vec<(String, u64)> = distinct.into_iter().map(|text| (text, 7)).collect();
    expected.sort();
    assert_eq!(found.unwrap().unwrap().all_texts().unwrap(), expected);
}

#[test]
fn integers_are_ordered_as_numbers_are() {
    let array: ArrayRef = Arc::new(Int64Array::from(vec![3, -7, 0, 12, -1]));
    let column = Column::new(&array).unwrap();
    let found = of_cells(&column, &Cells::whole(5));
    let told = found[0].as_ref().unwrap().all_numbers().unwrap();
    assert_eq!(
        told.iter().map(|(x, _)| *x).collect::<Vec<_>>(),
        [-7.0, -1.0, 0.0, 3.0, 12.0]
    );
}

#[test]
fn vectors_are_only_counted_and_binaries_refused() {
    let list = ListArray::from_iter_primitive::<F, _, _>(vec![Some(vec![Some(1.0)]), None]);
    let column = Column::new(&(Arc::new(list) as ArrayRef)).unwrap();
    let found = of_cells(&column, &Cells::whole(2));
    let figures = found[0].as_ref().unwrap().figures();
    assert_eq!(
        (figures.rows, figures.nulls, figures.distinct),
        (2, 1, None)
    );
    let bytes: ArrayRef = Arc::new(arrow::array::BinaryArray::from(vec![&b"x"[..]]));
    assert!(matches!(Column::new(&bytes), Err(Error::Column { .. })));
}

/// Not a test: prints what a profile of a million rows of twenty columns costs on two threads.
/// `cargo test --release -p candor-stats speed -- --ignored --nocapture`
#[test]
#[ignore = "prints figures"]
#[allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "prints figures"
)]
fn speed_of_a_million_rows() {
    use std::time::Instant;
    let rows = 1_000_000_u64;
    let mix = |i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11;
    let numbers = |seed: u64| -> ArrayRef {
        Arc::new(Float64Array::from_iter((0..rows).map(|i| {
            let x = mix(i + seed * rows);
            (x % 50 > 0).then_some(x as f64 / 1e9)
        })))
    };
    let words = |distinct: u64| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            (0..rows).map(|i| format!("category {}", mix(i) % distinct)),
        ))
    };
    let sizes = [2, 5, 20, 100, 500, 2_000, 10_000, 50_000];
    let columns: Vec<ArrayRef> = (0..12).map(numbers).chain(sizes.map(words)).collect();
    let started = Instant::now();
    let bytes: usize = std::thread::scope(|scope| {
        let lane = |from: usize| {
            let own = columns.iter().skip(from).step_by(2);
            let profiles = own.map(|array| {
                let found = Column::new(array).unwrap().profile(None).unwrap();
                found.unwrap().to_bytes().unwrap().len()
            });
            profiles.sum::<usize>()
        };
        let other = scope.spawn(move || lane(1));
        lane(0) + other.join().unwrap()
    });
    println!(
        "20 columns of {rows} rows: {:?}, {bytes} bytes",
        started.elapsed()
    );
}
