use super::*;
use crate::Fleet;
use crate::trial::{setting, spec};

#[test]
fn what_the_fleet_does_not_have_is_told_with_what_it_has() {
    let spec = spec(
        "
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt, income], from: 1d}
    - {fault: unit_change, model: credit-risk, columns: [purpose], from: 1d}
    - {fault: new_categories, model: credit-risk, columns: [purpose], value: car, from: 1d}
    - {fault: covariate_drift, model: credit-risk, columns: [purpose], value: boat, from: 1d}
    - {fault: error_burst, model: delivery-time, segment: {regoin: north}, from: 1d}
    - {fault: error_burst, model: delivery-time, segment: {region: islands}, from: 1d}
",
    );
    let problems = Fleet::new(&spec, setting()).unwrap_err();
    insta::assert_snapshot!(problems);
}

#[test]
fn stale_data_without_columns_means_the_feature_store() {
    let spec = spec("{faults: [{fault: stale_data, model: credit-risk, from: 1d}]}");
    let members = members(&spec, &setting()).unwrap();
    let columns: Vec<&str> = members[0].faults[0]
        .columns
        .iter()
        .map(|i| i.column)
        .collect();
    assert_eq!(columns, ["input_debt_ratio", "input_prior_defaults"]);
}

#[test]
fn outcomes_mature_with_time() {
    for (delays, days, expected) in [
        ((5.0, 20.0), 30.0, 0.583),
        ((0.0, 0.001), 30.0, 1.0),
        ((40.0, 50.0), 30.0, 0.0),
    ] {
        let share = matured(delays, days);
        assert!((share - expected).abs() < 0.01, "{share} {expected}");
    }
}
