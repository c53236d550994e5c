use crate::profiles::{Grain, ProfileQuery};
use crate::{Batch, Committer, Flusher, Lake, LakeOptions};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use candor_contract::{Kind, ModelName, Part, TableId};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

const NOON_US: i64 = 1_767_268_800_000_000;
const DAY: i32 = 20_454;

fn model() -> ModelName {
    ModelName::new("m").unwrap()
}

/// Numbered predictions, one a second from noon on.
fn part(from: u32, to: u32) -> Part {
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(
        (from..to).map(|i| i.to_string()),
    ));
    let times = (from..to).map(|i| NOON_US + i64::from(i) * 1_000_000);
    let time = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
    let numbers = Float64Array::from_iter_values((from..to).map(f64::from));
    let batch = RecordBatch::try_from_iter([
        ("id", ids),
        ("time", Arc::new(time) as ArrayRef),
        ("input_x", Arc::new(numbers) as ArrayRef),
    ]);
    Part {
        table: TableId::of(&model(), Kind::Prediction),
        kind: Kind::Prediction,
        batch: batch.unwrap(),
        columns: Vec::new(),
        fingerprints: (from..to).map(|i| u128::from(i) + 1).collect(),
        origins: Vec::new(),
    }
}

/// A lake with its committer; the test steps the flusher.
struct Running {
    lake: Lake,
    flusher: Flusher,
    committer: JoinHandle<crate::Result<()>>,
}

impl Running {
    async fn over(dir: &Path) -> Self {
        let now: Arc<dyn Fn() -> i64 + Send + Sync> = Arc::new(|| NOON_US);
        let opened = Lake::open(dir, LakeOptions::default(), &HashMap::new(), [7; 16], now).await;
        let (lake, committer, flusher, _) = opened.unwrap();
        let committer = std::thread::spawn(move || Committer::run(committer));
        Self {
            lake,
            flusher,
            committer,
        }
    }

    async fn send(&self, from: u32, to: u32) {
        let batch = Batch::encode(&[part(from, to)]).unwrap();
        self.lake.append(batch).await.unwrap();
    }

    /// Ends it as a kill would: nothing more is flushed.
    async fn end(self) {
        self.lake.stop().await;
        self.committer.join().unwrap().unwrap();
    }

    async fn of(&self, grain: Grain) -> Vec<candor_stats::Profile> {
        let query = ProfileQuery {
            model: model(),
            kind: Kind::Prediction,
            grain,
            from_us: i64::MIN,
            to_us: i64::MAX,
            column: Some("input_x".to_owned()),
            segment: None,
            limit: 1000,
        };
        let found = self.lake.profiles(&query).await.unwrap();
        found.into_iter().map(|window| window.profile).collect()
    }

    /// Rows and largest value that the profiles of each length of window count.
    async fn counted(&self) -> [(u64, Option<f64>); 3] {
        let mut counted = [(0, None); 3];
        for (grain, counted) in Grain::ALL.into_iter().zip(&mut counted) {
            let figures: Vec<_> = self.of(grain).await.iter().map(|p| p.figures()).collect();
            let max = figures.iter().filter_map(|f| f.max).reduce(f64::max);
            *counted = (figures.iter().map(|f| f.rows).sum(), max);
        }
        counted
    }
}

/// A file where the folder of the predictions should be: their profiles can be written, they cannot.
fn obstacle(dir: &Path) -> std::path::PathBuf {
    let path = dir.join("lake/models/m/predictions");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, b"in the way").unwrap();
    path
}

#[tokio::test]
async fn rows_whose_flush_failed_after_their_profiles_are_profiled_once() {
    for restart in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let mut running = Running::over(dir.path()).await;
        running.send(0, 60).await;
        running.send(60, 100).await;
        let obstacle = obstacle(dir.path());
        assert!(running.flusher.flush_all().await.is_err());
        assert_eq!(running.counted().await, [(100, Some(99.0)); 3]);
        running.send(100, 101).await;
        running.send(101, 150).await;
        assert!(running.flusher.flush_all().await.is_err());
        std::fs::remove_file(obstacle).unwrap();
        if restart {
            running.end().await;
            running = Running::over(dir.path()).await;
        }
        running.send(150, 151).await;
        running.flusher.flush_all().await.unwrap();
        assert_eq!(
            running.counted().await,
            [(151, Some(150.0)); 3],
            "restart: {restart}"
        );
        running.flusher.flush_all().await.unwrap();
        assert_eq!(
            running.counted().await,
            [(151, Some(150.0)); 3],
            "restart: {restart}"
        );
        running.end().await;
    }
}

#[tokio::test]
async fn rows_in_the_lake_without_profiles_get_them_from_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut running = Running::over(dir.path()).await;
    for part in 0..3 {
        running.send(part * 50, part * 50 + 50).await;
        running.flusher.flush_all().await.unwrap();
    }
    running.end().await;
    let log = dir.path().join("lake/models/m/profiles/_delta_log");
    for version in [2, 3] {
        std::fs::write(log.join(format!("{version:020}.json")), b"").unwrap();
    }
    let running = Running::over(dir.path()).await;
    assert_eq!(running.counted().await, [(150, Some(149.0)); 3]);
    running.end().await;
    let running = Running::over(dir.path()).await;
    assert_eq!(
        running.counted().await,
        [(150, Some(149.0)); 3],
        "once more"
    );
    running.end().await;
}

#[tokio::test]
async fn maintenance_merges_profiles_and_a_rebuild_gives_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let mut running = Running::over(dir.path()).await;
    for part in 0..6 {
        running.send(part * 200, part * 200 + 200).await;
        running.flusher.flush_all().await.unwrap();
    }
    let expected = [(1200, Some(1199.0)); 3];
    let files = |running: &Running| {
        let volumes = running.lake.volumes();
        let of = volumes
            .iter()
            .find(|(id, _)| matches!(id, TableId::Profiles(_)));
        of.map(|(_, volume)| (volume.files, volume.lake_rows))
    };
    assert_eq!(
        (running.counted().await, files(&running).unwrap().0),
        (expected, 6)
    );
    assert_eq!(running.flusher.step(NOON_US).await.len(), 0);
    // Four windows of five minutes, one hour, one day.
    assert_eq!(
        (running.counted().await, files(&running)),
        (expected, Some((1, 6)))
    );
    // A second file is few, until nothing more came for a round.
    running.send(1200, 1300).await;
    running.flusher.flush_all().await.unwrap();
    let expected = [(1300, Some(1299.0)); 3];
    for (round, left) in [(1, 2), (2, 1)] {
        let later_us = NOON_US + round * 3_600_000_000;
        assert_eq!(running.flusher.step(later_us).await.len(), 0);
        let found = files(&running).unwrap().0;
        assert_eq!((running.counted().await, found), (expected, left));
    }
    for _ in 0..2 {
        let begun = running
            .lake
            .rebuild_profiles(&model(), DAY - 3..DAY + 3, None)
            .unwrap();
        assert_eq!((begun.days, begun.running), (1, true));
        assert!(
            running
                .lake
                .rebuild_profiles(&model(), DAY..DAY + 1, None)
                .is_none()
        );
        assert_eq!(running.flusher.step(NOON_US).await.len(), 0);
        let progress = running.lake.rebuild_progress(&model()).unwrap();
        assert_eq!(
            (progress.days_done, progress.running, progress.error),
            (1, false, None)
        );
        assert_eq!(
            (running.counted().await, files(&running)),
            (expected, Some((1, 7)))
        );
    }
    running.end().await;
}

#[tokio::test]
async fn a_reference_gives_bins_that_stay_and_count_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let mut running = Running::over(dir.path()).await;
    running.send(0, 1000).await;
    running.flusher.flush_all().await.unwrap();
    let noon = NOON_US..NOON_US + 1;
    running
        .lake
        .rebuild_profiles(&model(), DAY..DAY + 1, Some(noon))
        .unwrap();
    for _ in 0..2 {
        running.flusher.step(NOON_US).await;
    }
    let progress = running.lake.rebuild_progress(&model()).unwrap();
    assert_eq!(
        (progress.days_done, progress.running, progress.error),
        (1, false, None)
    );
    running.end().await;
    let mut running = Running::over(dir.path()).await;
    running.send(1000, 1500).await;
    running.flusher.flush_all().await.unwrap();
    let day = running.of(Grain::Day).await.remove(0);
    let Some(bins) = day.bins() else {
        panic!("there are bins");
    };
    let candor_stats::Bins::Edges(edges) = bins.bins.as_ref() else {
        panic!("numbers have edges");
    };
    let below = |edge: &f64| (0..1500).filter(|i| f64::from(*i) < *edge).count() as u64;
    let mut before = 0;
    for (edge, rows) in edges.iter().zip(&bins.rows) {
        before += rows;
        assert_eq!(before, below(edge));
    }
    assert_eq!((edges.len(), bins.rows.iter().sum::<u64>()), (9, 1500));
    running.end().await;
}
