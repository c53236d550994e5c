use super::*;
use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;

fn column(ty: ColumnType, fixed: bool) -> ColumnBuilder {
    ColumnBuilder::new(Column::new("x", ty), fixed)
}

#[test]
fn rows_that_set_nothing_are_null() {
    let mut c = column(ColumnType::Number, false);
    c.set(1, Cell::Number(1.5)).unwrap();
    c.set(3, Cell::Integer(2)).unwrap();
    let (_, array) = c.finish(5);
    let got: Vec<_> = array.as_primitive::<Float64Type>().iter().collect();
    assert_eq!(got, [None, Some(1.5), None, Some(2.0), None]);
}

#[test]
fn inferred_columns_widen_and_keep_what_they_held() {
    let mut c = column(ColumnType::Integer, false);
    c.set(0, Cell::Integer(7)).unwrap();
    c.set(1, Cell::Number(0.5)).unwrap();
    c.set(3, Cell::Text("seven")).unwrap();
    let (column, array) = c.finish(4);
    assert_eq!(column.ty, ColumnType::Text);
    let got: Vec<_> = array.as_string::<i32>().iter().collect();
    assert_eq!(got, [Some("7.0"), Some("0.5"), None, Some("seven")]);
}

#[test]
fn integers_that_floats_cannot_tell_apart_become_text() {
    let mut c = column(ColumnType::Integer, false);
    c.set(0, Cell::Integer((1 << 53) + 1)).unwrap();
    c.set(1, Cell::Number(0.5)).unwrap();
    let (column, array) = c.finish(2);
    assert_eq!(column.ty, ColumnType::Text);
    assert_eq!(array.as_string::<i32>().value(0), "9007199254740993");
}

#[test]
fn fixed_columns_reject_what_does_not_fit() {
    let mut c = column(ColumnType::Number, true);
    let fault = c.set(0, Cell::Text("forty")).unwrap_err();
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (Code::TypeMismatch, "`x` is text, but its type is a number")
    );
    c.truncate(0);
    c.set(0, Cell::Integer(40)).unwrap();
    assert_eq!(
        c.set(0, Cell::Integer(41)).unwrap_err().code,
        Code::DuplicateKey
    );
}

#[test]
fn a_rejected_row_leaves_nothing_behind() {
    for cell in [
        Cell::Boolean(true),
        Cell::Integer(1),
        Cell::Number(1.0),
        Cell::Text("a"),
        Cell::Vector(&[1.0], "[1]"),
    ] {
        let mut c = column(type_of_cell(cell), false);
        c.set(0, cell).unwrap();
        c.set(1, cell).unwrap();
        c.truncate(1);
        c.set(2, cell).unwrap();
        let (_, array) = c.finish(3);
        assert_eq!(
            (0..3).map(|i| array.is_null(i)).collect::<Vec<_>>(),
            [false, true, false]
        );
        assert_eq!(array.slice(0, 1).to_data(), array.slice(2, 1).to_data());
    }
}

fn type_of_cell(cell: Cell<'_>) -> ColumnType {
    cell.ty()
}
