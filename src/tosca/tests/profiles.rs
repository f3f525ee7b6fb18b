//! The embedded profiles hold to what khor asks of everybody.

use super::run;
use crate::tosca::Options;

#[test]
fn the_embedded_profiles_are_without_faults() {
    let profiles = [
        ("khor", include_str!("../../../tosca-profiles/khor/1.0.yaml")),
        ("1.0", include_str!("../../../tosca-profiles/simple/1.0.yaml")),
        ("1.1", include_str!("../../../tosca-profiles/simple/1.1.yaml")),
        ("1.2", include_str!("../../../tosca-profiles/simple/1.2.yaml")),
        ("1.3", include_str!("../../../tosca-profiles/simple/1.3.yaml")),
    ];
    for (name, text) in profiles {
        let (_, found) = run(&[("main.yaml", text)], &Options::default());
        assert_eq!(found, [], "{name}");
    }
}
