use super::*;
use std::os::unix::fs::PermissionsExt;

fn master(byte: u8) -> MasterKey {
    MasterKey::new([byte; 32])
}

#[test]
fn keys_survive_and_are_private_and_sealed() {
    let temp = tempfile::tempdir().unwrap();
    let ring = KeyRing::open(temp.path(), None).unwrap();
    let hash = ring.keys().subject("ann");
    let secrets: Vec<[u8; 32]> = ring.lock().iter().map(|o| *o.key.secret()).collect();
    drop(ring);
    assert_eq!(
        KeyRing::open(temp.path(), None)
            .unwrap()
            .keys()
            .subject("ann"),
        hash
    );
    for file in ["keys/keys.json", "keys/master.key"] {
        let mode = fs::metadata(temp.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let text = fs::read_to_string(temp.path().join("keys/keys.json")).unwrap();
    for secret in secrets {
        let hex: String = secret.iter().map(|b| format!("{b:02x}")).collect();
        assert!(!text.contains(&hex));
    }
}

#[test]
fn a_rotation_keeps_old_keys_for_look_ups() {
    let temp = tempfile::tempdir().unwrap();
    let ring = KeyRing::open(temp.path(), Some(&master(1))).unwrap();
    let before = ring.keys().subject("ann");
    let made = ring.rotate(KeyPurpose::Subject).unwrap();
    let after = ring.keys().subject("ann");
    assert!(after.contains(&made.id) && made.in_use);
    assert_ne!(before, after);
    drop(ring);
    let ring = KeyRing::open(temp.path(), Some(&master(1))).unwrap();
    let forms = ring.keys().subject_forms("ann");
    assert!(forms.contains(&before) && forms.contains(&after));
    assert_eq!(ring.list().iter().filter(|k| k.in_use).count(), 3);
    let refused = ring.rotate(KeyPurpose::Fingerprint);
    assert!(matches!(refused, Err(KeyError::NotRotated { .. })));
}

#[test]
fn a_wrong_master_key_and_changed_bytes_fail_loudly() {
    let temp = tempfile::tempdir().unwrap();
    drop(KeyRing::open(temp.path(), Some(&master(1))).unwrap());
    let wrong = KeyRing::open(temp.path(), Some(&master(2))).err().unwrap();
    assert!(wrong.to_string().contains(master(2).id()), "{wrong}");
    let none = KeyRing::open(temp.path(), None).err().unwrap();
    assert!(matches!(none, KeyError::NoMaster { .. }), "{none}");
    let path = temp.path().join("keys/keys.json");
    let good = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("\"purpose\": \"subject\"", "\"purpose\": \"personal\""),
        ("\"format\": 1", "\"format\": 2"),
        ("\"sealed\": \"", "\"sealed\": \"00"),
        ("\"nonce\": \"", "\"nonce\": \"0"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        fs::write(&path, bad).unwrap();
        let error = KeyRing::open(temp.path(), Some(&master(1))).err().unwrap();
        assert!(matches!(error, KeyError::DamagedKey { .. }), "{error}");
    }
}

#[test]
fn the_first_versions_file_is_taken_over() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("keys");
    fs::create_dir(&dir).unwrap();
    let mut bytes = vec![7; 32];
    bytes.extend_from_slice(&42u64.to_le_bytes());
    fs::write(dir.join("admission.key"), &bytes).unwrap();
    let ring = KeyRing::open(temp.path(), None).unwrap();
    let forms = ring.keys().subject_forms("ann");
    let first_version = format!(
        "sub_{}",
        &blake3::keyed_hash(&[7; 32], b"ann").to_hex()[..32]
    );
    assert!(forms.contains(&first_version), "{forms:?}");
    let as_before = Keys::new([7; 32], [0; 32], 42);
    let fingerprint = |k: &Keys| k.fingerprint(None, candor_contract::Kind::Stage, "x");
    assert_eq!(fingerprint(&ring.keys()), fingerprint(&as_before));
    assert!(!dir.join("admission.key").exists());
    fs::remove_dir_all(&dir).unwrap();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("admission.key"), b"short").unwrap();
    let error = KeyRing::open(temp.path(), None).err().unwrap();
    assert!(matches!(error, KeyError::DamagedKey { .. }));
}

#[test]
fn secrets_are_never_shown() {
    let shown = format!("{:?}", master(0xab));
    assert!(!shown.contains("abab"), "{shown}");
    let error = MasterKey::parse("abababab").unwrap_err();
    assert!(!error.to_string().contains("abab"), "{error}");
}
