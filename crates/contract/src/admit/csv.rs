//! CSV: a header of flattened names, then one event a line. Empty cells are null.

use crate::admit::{Admission, Door, Request};
use crate::column::Cell;
use crate::fields::Special;
use crate::flat::field_of;
use crate::part::Origin;
use crate::rejection::{Code, Fault};
use crate::rows::{At, TOP, TableRows, Target};
use crate::setting::Setting;
use csv::{ByteRecord, ReaderBuilder};

pub(crate) fn decode(admission: &mut Admission<'_>, request: &Request<'_>) -> Result<(), String> {
    let Door::One { model, kind } = request.door else {
        return Err("CSV names no kind; send it to /v1/models/{model}/{predictions,…}".into());
    };
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .from_reader(&*request.body);
    let header = reader
        .byte_headers()
        .map_err(|e| format!("the CSV header is broken: {e}"))?;
    let header = std::str::from_utf8(header.as_slice())
        .map_err(|_| "the CSV header is not UTF-8".to_owned())
        .map(|_| {
            header
                .iter()
                .map(|h| String::from_utf8_lossy(h).trim().to_owned())
                .collect::<Vec<_>>()
        })?;
    if header.iter().all(String::is_empty) {
        return Err("the CSV has no header line".into());
    }
    let table = admission.table_for(Some(model), *kind);
    let mut record = ByteRecord::new();
    let mut row = 0;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let fault = Fault::new(Code::MalformedRow, format!("not a CSV row: {error}"));
                admission.reject(request, Some(table), row, fault, b"");
                row += 1;
                if error.is_io_error() {
                    break;
                }
                continue;
            }
        }
        take(admission, request, table, &header, row, &record);
        row += 1;
    }
    admission.counted(row);
    Ok(())
}

fn take(
    admission: &mut Admission<'_>,
    request: &Request<'_>,
    table: usize,
    header: &[String],
    row: u32,
    record: &ByteRecord,
) {
    let origin = Origin {
        request: admission.request_index(),
        row,
    };
    let (rows, setting) = admission.table(table);
    rows.begin();
    let set = set_cells(rows, setting, request, header, record);
    match set.and_then(|()| rows.end(origin, request.trace, setting)) {
        Ok(minted) => admission.taken(row, minted),
        Err(fault) => {
            rows.roll_back();
            let raw = as_json(request, header, record);
            admission.reject(request, Some(table), row, fault, raw.as_bytes());
        }
    }
}

fn set_cells(
    rows: &mut TableRows,
    setting: &Setting<'_>,
    request: &Request<'_>,
    header: &[String],
    record: &ByteRecord,
) -> Result<(), Fault> {
    if record.len() != header.len() {
        let message = format!(
            "the row has {} cells, the header {}",
            record.len(),
            header.len()
        );
        return Err(Fault::new(Code::MalformedRow, message));
    }
    if record.as_slice().len() > setting.limits.row_bytes_max {
        let message = format!("the row has {} bytes", record.as_slice().len());
        return Err(Fault::new(Code::RowTooLarge, message));
    }
    for (name, cell) in header.iter().zip(record) {
        let Some(field) = field_of(request.mapping, name) else {
            continue;
        };
        if cell.is_empty() {
            continue;
        }
        let text = std::str::from_utf8(cell)
            .map_err(|_| Fault::new(Code::InvalidUtf8, format!("`{name}` is not UTF-8")))?;
        let at = rows.entry(TOP, &field);
        set_cell(rows, setting, request.door, at, text)?;
    }
    Ok(())
}

fn set_cell(
    rows: &mut TableRows,
    setting: &Setting<'_>,
    door: &Door,
    at: At,
    text: &str,
) -> Result<(), Fault> {
    rows.mark(at);
    match rows.target(at) {
        Target::Special(Special::Id) => rows.set_id(text),
        Target::Special(Special::Time) => rows.set_time(crate::time::parse_us(text), setting),
        Target::Special(Special::Subject) => rows.set_subject(text, setting),
        Target::Special(Special::Purposes) => {
            let purposes = crate::consent::of_cell(text)?;
            rows.set_purposes(&purposes, setting)
        }
        Target::Special(special) => door.check(*special, text),
        Target::Value(_) => rows.set_at(at, lexical(text), setting),
        Target::Json(_) => rows.set_at(at, Cell::Text(text), setting),
        Target::Object(_) | Target::Stages | Target::Extra => {
            let json = serde_json::Value::from(text).to_string();
            rows.add_extra(at, &json);
            Ok(())
        }
    }
}

/// What a cell means when nothing is declared. Digits with a leading zero are codes, not numbers.
fn lexical(text: &str) -> Cell<'_> {
    match text {
        "true" | "True" | "TRUE" => return Cell::Boolean(true),
        "false" | "False" | "FALSE" => return Cell::Boolean(false),
        _ => {}
    }
    let digits = text.trim_start_matches('-');
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if !numeric || code {
        return match text {
            "NaN" | "nan" => Cell::Number(f64::NAN),
            _ => Cell::Text(text),
        };
    }
    if let Ok(x) = text.parse::<i64>() {
        return Cell::Integer(x);
    }
    text.parse::<f64>().map_or(Cell::Text(text), Cell::Number)
}

/// The row as the JSON event it would have been, so that it can be corrected and replayed.
fn as_json(request: &Request<'_>, header: &[String], record: &ByteRecord) -> String {
    let mut object = serde_json::Map::new();
    for (name, cell) in header.iter().zip(record) {
        if let Some(field) = field_of(request.mapping, name)
            && !cell.is_empty()
        {
            let text = String::from_utf8_lossy(cell);
            let value = match lexical(&text) {
                _ if field == "id" => text.as_ref().into(),
                Cell::Boolean(x) => x.into(),
                Cell::Integer(x) => x.into(),
                Cell::Number(x) => x.into(),
                _ => serde_json::Value::from(text.as_ref()),
            };
            object.insert(field.into_owned(), value);
        }
    }
    serde_json::Value::Object(object).to_string()
}
