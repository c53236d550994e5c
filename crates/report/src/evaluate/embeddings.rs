//! Vectors: whether a classifier tells those of both sides apart, and how far their mean has moved.

use super::column::Sides;
use super::joint::{AREA, Apart, Joint};
use crate::document::{JointDrift, Method};
use crate::error::{Error, Result};
use crate::roles::Column;
use crate::table::{Kind, Table};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type};
use candor_stats::drift::{
    Comparison, DomainPlan, EMBEDDING_ROWS_MAX, MmdPlan, Vectors, centroid_shift, embedding_domain,
    mmd,
};

/// Vectors of a side that are looked at.
const ROWS_MAX: usize = 20_000;
/// Significance of a discrepancy that was asked for.
const ALPHA: f64 = 0.05;

/// Vectors of one side, one after the other; those of another length than the first are left out.
#[derive(Debug, Default)]
struct Side {
    numbers: Vec<f32>,
    dimension: usize,
}

/// What methods say of the vectors of each column that has some.
pub(super) fn look(sides: &Sides<'_>, joint: &mut Joint) -> Result<()> {
    let plan = DomainPlan {
        seed: sides.request.options.seed,
        ..DomainPlan::default()
    };
    let columns = sides.roles.columns.iter();
    for column in columns.filter(|column| column.kind == Kind::Vector) {
        let (Some(before), Some(now)) = (column.reference, column.current) else {
            continue;
        };
        let before = side(sides.request.reference, before, column)?;
        let now = side(sides.request.current, now, column)?;
        let (a, b) = (before.vectors(), now.vectors());
        if joint.methods.iter().all(|m| m.name != "embedding_domain") {
            joint.methods.push(method(&plan));
        }
        if a.dimension() != b.dimension() {
            joint.told.push(of_dimensions(&column.name, &a, &b));
            continue;
        }
        let found = embedding_domain(&a, &b, &plan);
        let moved = centroid_shift(&a, &b);
        joint.told.push(told(&column.name, &found, &moved));
        let asked = &sides.request.options.methods;
        if asked.iter().any(|name| name == "mmd" || name == "all") {
            joint
                .told
                .push(discrepancy(&column.name, &a, &b, plan.seed));
        }
    }
    Ok(())
}

fn method(plan: &DomainPlan) -> Method {
    Method {
        name: "embedding_domain".to_owned(),
        area: "drift".to_owned(),
        definition: "area under the curve of a linear classifier of vectors and their distance from the mean, \
                     cross-validated"
            .to_owned(),
        threshold: Some(AREA),
        parameters: [
            ("rows_max".to_owned(), EMBEDDING_ROWS_MAX.into()),
            ("rows_of_the_mean".to_owned(), ROWS_MAX.into()),
            ("folds".to_owned(), plan.folds.into()),
            ("seed".to_owned(), plan.seed.into()),
        ]
        .into(),
        source: None,
    }
}

fn of_dimensions(column: &str, a: &Vectors<'_, f32>, b: &Vectors<'_, f32>) -> JointDrift {
    JointDrift {
        method: "embedding_domain".to_owned(),
        upper: Some(AREA),
        drifted: a.dimension() > 0 && b.dimension() > 0,
        columns: vec![column.to_owned()],
        sentence: format!(
            "The vectors of {column} have {} numbers now and had {} before",
            b.dimension(),
            a.dimension()
        ),
        ..JointDrift::default()
    }
}

fn told(column: &str, found: &Comparison, moved: &Comparison) -> JointDrift {
    let figure = &found.statistic;
    let by = moved.effect.map_or_else(String::new, |by| {
        format!("; their mean has moved by {by:.2} of the reference's spread")
    });
    let apart = Apart::of(figure);
    let sentence = match (apart, figure.value) {
        (Apart::Unknown, _) => format!("{column}: there are too few vectors to compare"),
        (Apart::Clearly, Some(area)) => format!(
            "The vectors of {column} are not what they were: a classifier tells them apart with an area under \
             its curve of {area:.2}{by}"
        ),
        _ => {
            let what = format!("the vectors of {column} from those before");
            apart.sentence(figure, &what) + &by
        }
    };
    let columns = vec![column.to_owned()];
    apart.told("embedding_domain", figure, columns, sentence)
}

/// The discrepancy of means in a kernel's space, for those who ask for it.
fn discrepancy(
    column: &str,
    before: &Vectors<'_, f32>,
    now: &Vectors<'_, f32>,
    seed: u64,
) -> JointDrift {
    let plan = MmdPlan {
        seed,
        ..MmdPlan::default()
    };
    let found = mmd(before, now, &plan).comparison;
    let p = found.p_value.unwrap_or(1.0);
    let drifted = p <= ALPHA;
    let word = if drifted { "differ" } else { "do not differ" };
    JointDrift {
        method: "mmd".to_owned(),
        figure: (&found.statistic).into(),
        drifted,
        columns: if drifted {
            vec![column.to_owned()]
        } else {
            Vec::new()
        },
        sentence: format!(
            "The vectors of {column} {word} by their maximum mean discrepancy (p = {p:.3})"
        ),
        ..JointDrift::default()
    }
}

impl Side {
    fn vectors(&self) -> Vectors<'_, f32> {
        Vectors::new(&self.numbers, self.dimension)
    }

    fn take(&mut self, vector: &[f32]) {
        if self.dimension == 0 {
            self.dimension = vector.len();
        }
        if vector.len() == self.dimension {
            self.numbers.extend_from_slice(vector);
        }
    }
}

/// Vectors of a side, evenly over all of them.
fn side(table: &dyn Table, at: usize, column: &Column) -> Result<Side> {
    let step = (table.rows() as usize).div_ceil(ROWS_MAX).max(1);
    let mut side = Side::default();
    let mut row = 0_usize;
    for part in table.read(at)? {
        let (numbers, ends) = flat(&part).map_err(|what| Error::Read {
            column: column.name.clone(),
            what,
        })?;
        for (at, (from, to)) in ends.into_iter().enumerate() {
            if (row + at).is_multiple_of(step)
                && part.is_valid(at)
                && let Some(vector) = numbers.get(from..to)
            {
                side.take(vector);
            }
        }
        row += part.len();
    }
    Ok(side)
}

/// Where each list of a column begins and ends.
type Ends = Vec<(usize, usize)>;

/// All numbers of a column of lists, NaN where one is missing, and where each list begins and ends.
fn flat(part: &ArrayRef) -> std::result::Result<(Vec<f32>, Ends), String> {
    let (values, ends): (&ArrayRef, Ends) = if let Some(lists) = part.as_list_opt::<i32>() {
        let ends = lists.value_offsets().windows(2);
        let ends = ends.map(|pair| (pair[0] as usize, pair[1] as usize));
        (lists.values(), ends.collect())
    } else if let Some(lists) = part.as_list_opt::<i64>() {
        let ends = lists.value_offsets().windows(2);
        let ends = ends.map(|pair| (pair[0] as usize, pair[1] as usize));
        (lists.values(), ends.collect())
    } else if let Some(lists) = part.as_fixed_size_list_opt() {
        let length = lists.value_length() as usize;
        let ends = (0..lists.len()).map(|row| {
            let from = lists.value_offset(row) as usize;
            (from, from + length)
        });
        (lists.values(), ends.collect())
    } else {
        return Err(format!("{} is no list of numbers", part.data_type()));
    };
    let values = cast(values, &DataType::Float32).map_err(|e| e.to_string())?;
    let values = values.as_primitive::<Float32Type>();
    let numbers = values.iter().map(|x| x.unwrap_or(f32::NAN)).collect();
    Ok((numbers, ends))
}
