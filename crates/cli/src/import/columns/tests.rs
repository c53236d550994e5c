use super::*;
use arrow::array::{AsArray, Float64Array, Int64Array};
use arrow_ipc::reader::StreamReader;
use csv::StringRecord;

const SPEC: &str = "
task: binary
columns: {time: t, outputs: {score: p}, outcome: y, segments: [region], ignore: [junk]}
";

fn plan(text: &str) -> Plan {
    let (_, spec) = ModelSpec::parse_bare_or_object(text).unwrap();
    Plan::new(Some(&spec))
}

fn ids() -> RowIds {
    RowIds {
        file: "0123456789ab".into(),
        first: 40,
    }
}

fn records(text: &str) -> Chunk {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    Chunk::Records(
        header,
        reader
            .records()
            .collect::<Result<Vec<StringRecord>, _>>()
            .unwrap(),
    )
}

fn text(events: &Events) -> &str {
    std::str::from_utf8(&events.body).unwrap()
}

#[test]
fn csv_rows_become_predictions_and_known_outcomes() {
    let chunk =
        records("t,age,p,y,region,junk\n2026-01-01,41,0.5,1,north,x\n2026-01-02,,0.6,,south,x\n");
    let all = plan(SPEC).events(&chunk, &ids()).unwrap();
    assert_eq!(
        all.iter().map(|e| (e.kind, e.rows)).collect::<Vec<_>>(),
        [(Kind::Prediction, 2), (Kind::Outcome, 1)]
    );
    insta::assert_snapshot!(text(&all[0]), @r"
    time,input_age,output_score,segment_region,id
    2026-01-01,41,0.5,north,0123456789ab-40
    2026-01-02,,0.6,south,0123456789ab-41
    ");
    insta::assert_snapshot!(text(&all[1]), @r"
    time,class,prediction_id,id
    2026-01-01,1,0123456789ab-40,0123456789ab-40
    ");
}

#[test]
fn a_mapped_id_is_kept_and_an_empty_one_filled() {
    let spec = "{task: regression, columns: {id: n, outputs: {value: v}, outcome: y}}";
    let all = plan(spec)
        .events(&records("n,v,y\na1,2,3\n,4,5\n"), &ids())
        .unwrap();
    assert_eq!(text(&all[0]), "id,output_value\na1,2\n0123456789ab-41,4\n");
    assert_eq!(
        text(&all[1]),
        "prediction_id,value,id\na1,3,a1\n0123456789ab-41,5,0123456789ab-41\n"
    );
}

#[test]
fn batches_and_objects_get_the_same_ids_as_csv() {
    let batch = RecordBatch::try_from_iter([
        (
            "t",
            Arc::new(StringArray::from(vec!["2026-01-01", "2026-01-02"])) as ArrayRef,
        ),
        ("p", Arc::new(Float64Array::from(vec![0.5, 0.6]))),
        ("y", Arc::new(Int64Array::from(vec![Some(1), None]))),
    ])
    .unwrap();
    let all = plan(SPEC).events(&Chunk::Batch(batch), &ids()).unwrap();
    let read = |events: &Events| {
        StreamReader::try_new(&events.body[..], None)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
    };
    let (predictions, outcomes) = (read(&all[0]), read(&all[1]));
    let names = |b: &RecordBatch| {
        b.schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&predictions), ["time", "output_score", "id"]);
    assert_eq!(names(&outcomes), ["time", "class", "prediction_id", "id"]);
    assert_eq!(
        predictions.column(2).as_string::<i32>().value(1),
        "0123456789ab-41"
    );
    assert_eq!((all[0].rows, all[1].rows), (2, 1));

    let objects =
        ["{\"p\":0.5,\"y\":1}", "{\"p\":0.6,\"y\":null}"].map(|t| serde_json::from_str(t).unwrap());
    let all = plan(SPEC)
        .events(&Chunk::Objects(objects.to_vec()), &ids())
        .unwrap();
    assert_eq!(
        text(&all[0]).lines().last(),
        Some("{\"id\":\"0123456789ab-41\",\"output_score\":0.6}")
    );
    assert_eq!(text(&all[1]).lines().count(), 1);
}

#[test]
fn without_a_spec_columns_are_field_names() {
    let all = Plan::new(None)
        .events(&records("id,input_x,output_score\na,1,0.5\n"), &ids())
        .unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(text(&all[0]), "id,input_x,output_score\na,1,0.5\n");
}

#[test]
fn skipping_rows_and_counting_on_gives_the_same_events() {
    let all = records("p,y\n0.1,0\n0.2,1\n0.3,0\n");
    let whole = plan(SPEC)
        .events(
            &all,
            &RowIds {
                file: "f".into(),
                first: 0,
            },
        )
        .unwrap();
    let rest = plan(SPEC)
        .events(
            &all.skip(1),
            &RowIds {
                file: "f".into(),
                first: 1,
            },
        )
        .unwrap();
    for (whole, rest) in whole.iter().zip(&rest) {
        let tail: Vec<&str> = text(whole).lines().skip(2).collect();
        assert_eq!(text(rest).lines().skip(1).collect::<Vec<_>>(), tail);
    }
}
